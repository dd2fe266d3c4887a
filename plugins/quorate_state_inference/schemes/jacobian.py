"""The denoiser's Jacobian J = df/dy: applied, in full, and its largest eigenvalue."""

from collections.abc import Callable

import torch
from torch import Tensor

from quorate.interfaces import Denoiser, Linearisable

LinearMap = Callable[[Tensor], Tensor]

POWER_STEPS = 12
"""Most steps of the power iteration: decisions then agree with full eigenvalues on 98.5 to 100 % of points."""
NEGLIGIBLE = 0.1
"""A point whose Jacobian still shrinks a vector to this after two steps is stable; iteration stops early."""


def linearise(denoiser: Denoiser, features: Tensor, noisy: Tensor) -> tuple[Tensor, LinearMap]:
    """f(y) [N, s] and the map v -> J v at each of N points, by hand where the denoiser can, else automatically."""
    if isinstance(denoiser, Linearisable):
        return denoiser.linearise(features, noisy)

    def function(point: Tensor) -> Tensor:
        return denoiser.denoise(features, point)

    def apply(direction: Tensor) -> Tensor:
        tangent: Tensor = torch.func.jvp(function, (noisy,), (direction,))[1]
        return tangent

    return function(noisy), apply


def jacobian(denoiser: Denoiser, features: Tensor, noisy: Tensor) -> Tensor:
    """J in full, one column per product: [N, c], [N, s] -> [N, s, s]."""
    _, apply = linearise(denoiser, features, noisy)
    basis = torch.eye(noisy.shape[-1], dtype=noisy.dtype, device=noisy.device)
    columns = [apply(direction.expand_as(noisy).contiguous()) for direction in basis]
    return torch.stack(columns, dim=-1)


def exact_eigenvalue(denoiser: Denoiser, features: Tensor, noisy: Tensor) -> Tensor:
    """|lambda|max of J: [N, c], [N, s] -> [N]."""
    eigenvalues: Tensor = torch.linalg.eigvals(jacobian(denoiser, features, noisy))
    return eigenvalues.abs().amax(-1)


def power_iteration(apply: LinearMap, start: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """An estimate of |lambda|max [N] and the direction [N, s] after `steps` products, from unit vectors [N, s]."""
    direction, growth = start, start.new_zeros(len(start))
    for _ in range(steps):
        image = apply(direction)
        growth = image.norm(dim=-1)
        direction = image / growth.clamp(min=1e-30)[:, None]
    return growth, direction
