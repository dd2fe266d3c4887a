"""Point masses with damping and soft contacts: mpe2's `World.step`, for bodies of mass 1 without a speed limit."""

from torch import Tensor
from torch.linalg import vector_norm
from torch.nn.functional import softplus

TIME_STEP = 0.1
DAMPING = 0.25
SENSITIVITY = 5.0
"""Force of a full action."""
CONTACT_FORCE = 100.0
CONTACT_MARGIN = 1e-3
NEAREST = 1e-9
"""Distances below count as this much: bodies in one place do not push each other to infinity."""


def contact_force(offset: Tensor, touch: float) -> Tensor:
    """Forces of bodies on others that they touch.

    Args:
        offset: [B, m, k, 2], of k bodies, from each of the m that are pushed.
        touch: the distance of two bodies in contact, the sum of their radii.

    Returns:
        [B, m, 2], away from the others; f = CONTACT_FORCE * k * log(1 + exp((touch - d) / k)), k = CONTACT_MARGIN.
    """
    distance = vector_norm(offset, dim=-1)
    penetration = softplus(touch - distance, beta=1 / CONTACT_MARGIN)
    share = penetration.div_(distance.clamp_min_(NEAREST)).mul_(-CONTACT_FORCE)
    force: Tensor = (share[..., None, :] @ offset).squeeze(-2)  # the sum over bodies
    return force


def move(position: Tensor, velocity: Tensor, force: Tensor) -> tuple[Tensor, Tensor]:
    """Position and velocity [..., 2] one time step later; the position follows from the velocity before the force."""
    later = position.add(velocity, alpha=TIME_STEP)
    return later, (velocity * (1 - DAMPING)).add_(force, alpha=TIME_STEP)
