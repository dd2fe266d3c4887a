"""A linear denoiser, of which everything is known."""

import torch
from torch import Tensor

from quorate.interfaces import Denoiser


class LinearDenoiser(Denoiser):
    """f(tau, y) = target(tau) + matrix(tau) (y - target(tau)); the history is [target (s) | number of the matrix].

    Its only fixed point is the target, and its Jacobian is the matrix.
    """

    def __init__(self, matrices: Tensor) -> None:
        super().__init__()
        self.matrices = matrices

    @property
    def state_size(self) -> int:
        return self.matrices.shape[-1]

    @property
    def condition_on_sigma(self) -> bool:
        return False

    @property
    def feature_size(self) -> int:
        return self.state_size + 1

    def encode(self, history: Tensor) -> Tensor:
        return history

    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        target, matrix = features[:, :-1], self.matrices[features[:, -1].long()]
        return target + torch.einsum("nij,nj->ni", matrix, noisy - target)


def linear(*eigenvalues: float, size: int = 6) -> LinearDenoiser:
    """Matrix k is symmetric, with eigenvalue k and others of half its size."""
    generator = torch.Generator().manual_seed(0)
    matrices = []
    for value in eigenvalues:
        basis, _ = torch.linalg.qr(torch.randn(size, size, generator=generator))
        spectrum = torch.full((size,), value / 2)
        spectrum[0] = value
        matrices.append(basis @ torch.diag(spectrum) @ basis.T)
    return LinearDenoiser(torch.stack(matrices))


def histories(targets: Tensor, matrix: Tensor) -> Tensor:
    """[B, n, s], [B, n] -> [B, n, s + 1]."""
    return torch.cat([targets, matrix[..., None].float()], dim=-1)
