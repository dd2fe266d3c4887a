"""Point masses with damping and soft contacts: mpe2's `World.step`, for bodies of mass 1 without a speed limit."""

from torch import Tensor
from torch.nn.functional import softplus

TIME_STEP = 0.1
DAMPING = 0.25
SENSITIVITY = 5.0
"""Force of a full action."""
CONTACT_FORCE = 100.0
CONTACT_MARGIN = 1e-3
NEAREST = 1e-9
"""Distances below count as this much: a body is at no distance from itself, and must not push itself to infinity."""


def contact_force(offset: Tensor, distance: Tensor, touch: float) -> Tensor:
    """Forces between bodies that touch.

    Args:
        offset: [B, m, m, 2], from the first to the second.
        distance: [B, m, m], its length.
        touch: the distance of two bodies in contact, the sum of their radii.

    Returns:
        [B, m, 2], away from the others; f = CONTACT_FORCE * k * log(1 + exp((touch - d) / k)), k = CONTACT_MARGIN.
    """
    penetration = softplus(touch - distance, beta=1 / CONTACT_MARGIN)
    share = penetration.div_(distance.clamp_min(NEAREST)).mul_(-CONTACT_FORCE)
    return (offset * share[..., None]).sum(dim=2)


def move(position: Tensor, velocity: Tensor, force: Tensor) -> tuple[Tensor, Tensor]:
    """Position and velocity [..., 2] one time step later; the position follows from the velocity before the force."""
    later = position.add(velocity, alpha=TIME_STEP)
    return later, (velocity * (1 - DAMPING)).add_(force, alpha=TIME_STEP)
