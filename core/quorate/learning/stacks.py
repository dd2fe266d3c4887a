"""Networks of n agents as one: parameters are stacked, and one batched matrix product serves all agents.

Inside, the agent is the first dimension: [n, R, features], R rows each. Members never mix, so the gradient of the sum
of per-agent losses is every agent's own gradient, and one elementwise optimiser such as Adam trains n networks.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from quorate.gone import gone_from
from quorate.learning.chain import linear


class StackedLinear(nn.Module):
    """n linear layers: [n, R, i] -> [n, R, o].

    Attributes:
        weight: [n, i, o].
        bias: [n, 1, o].
    """

    def __init__(self, members: int, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = 1 / math.sqrt(max(1, inputs))
        self.weight = nn.Parameter(_uniform((members, inputs, outputs), bound, generator))
        self.bias = nn.Parameter(_uniform((members, 1, outputs), bound, generator))

    def forward(self, x: Tensor) -> Tensor:
        """[n, R, i] -> [n, R, o]."""
        return linear(x, self.weight, self.bias)

    def orthogonal_(self, gain: float, generator: torch.Generator) -> None:
        """Begin with orthogonal weights and no bias."""
        with torch.no_grad():
            for weight in self.weight:
                weight.copy_(_orthogonal(weight.shape[0], weight.shape[1], generator) * gain)
            self.bias.zero_()

    def scale_(self, factor: float) -> None:
        """Multiply the weights and the bias."""
        with torch.no_grad():
            self.weight.mul_(factor)
            self.bias.mul_(factor)


class StackedLayerNorm(nn.Module):
    """n layer normalisations: [n, R, c] -> [n, R, c]."""

    def __init__(self, members: int, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(members, 1, features))
        self.bias = nn.Parameter(torch.zeros(members, 1, features))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last dimension."""
        if len(self.weight) == 1:  # one operation instead of two, about twice as fast
            return functional.layer_norm(x, x.shape[-1:], self.weight[0, 0], self.bias[0, 0])
        return torch.addcmul(self.bias, functional.layer_norm(x, x.shape[-1:]), self.weight)


def agents_first(x: Tensor) -> Tensor:
    """[..., n, f] -> [n, R, f], R being the product of the leading sizes."""
    return x.movedim(-2, 0).reshape(x.shape[-2], -1, x.shape[-1])


def agents_last(x: Tensor, lead: Sequence[int]) -> Tensor:
    """[n, R, f] -> [*lead, n, f]: what undoes `agents_first`."""
    return x.reshape(x.shape[0], *lead, x.shape[-1]).movedim(0, -2)


def clip_gradients(parameters: Iterable[nn.Parameter], limit: float | None) -> Tensor:
    """Clip the gradient of each member to a norm of its own.

    Args:
        parameters: stacked; their first dimension is the member.
        limit: the largest norm; None measures only.

    Returns:
        [n], the norms before clipping.
    """
    gradients = [gradient for parameter in parameters if (gradient := parameter.grad) is not None]
    if all(gradient.shape[0] == 1 for gradient in gradients):
        return _clip(gradients, limit)[None]
    own = [torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients]
    norms: Tensor = torch.linalg.vector_norm(torch.stack(own), dim=0)
    if limit is not None:
        factor = (limit / (norms + 1e-6)).clamp(max=1.0)
        factors = [factor.view(-1, *[1] * (gradient.dim() - 1)) for gradient in gradients]
        torch._foreach_mul_(gradients, factors)
    return norms


def clip_together(parameters: Iterable[nn.Parameter], limit: float | None) -> Tensor:
    """Clip the gradient of all parameters to one norm; torch's function takes twice as long on small networks.

    Args:
        parameters: on one device.
        limit: the largest norm; None measures only.

    Returns:
        0-d, the norm before clipping.
    """
    return _clip([gradient for parameter in parameters if (gradient := parameter.grad) is not None], limit)


def _clip(gradients: list[Tensor], limit: float | None) -> Tensor:
    if not gradients:
        return torch.zeros(())
    norm: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    if limit is not None:
        torch._foreach_mul_(gradients, (limit / (norm + 1e-6)).clamp_(max=1.0))
    return norm


@torch.no_grad()
def soft_update(target: nn.Module, source: nn.Module, rate: float) -> None:
    """Move the target's parameters towards the source's: target += rate (source - target)."""
    pairs = list(target.parameters()), list(source.parameters())
    torch._foreach_lerp_(pairs[0], pairs[1], rate)  # type: ignore[arg-type]


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> Tensor:
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)


def _orthogonal(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    tall = torch.randn(max(rows, columns), min(rows, columns), generator=generator)
    q, r = torch.linalg.qr(tall)
    basis: Tensor = q * r.diagonal().sign()
    return basis if rows >= columns else basis.T


__getattr__ = gone_from(__name__)
