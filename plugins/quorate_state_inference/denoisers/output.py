"""What learned denoisers have in common: the range of their estimates, and how they are told a noise level."""

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec
from quorate_state_inference.settings import Output


def is_bounded(output: Output, spec: EnvironmentSpec) -> bool:
    """Whether estimates lie in (0, 1).

    Raises:
        QuorateError: they are to, and the state is not binary.
    """
    if output is Output.BOUNDED and not spec.binary_state:
        raise QuorateError(
            f"a bounded output is for binary states, and {spec.name} has a state that is not declared binary",
            where="algorithm.denoiser.output",
            fix="set `output: plain`, or tag the environment `state: binary` if its state is",
        )
    return output is Output.BOUNDED


def logits_of_bounded(bounded: bool) -> None:
    """Refuse to tell log odds of a plain output.

    Raises:
        QuorateError: it is one.
    """
    if not bounded:
        raise QuorateError(
            "a plain output has no log odds to pool",
            where="algorithm.denoiser.output",
            fix="set `output: bounded`, or leave out the scheme product-of-experts",
        )


def to_unit_scale(noisy: Tensor, sigma: Tensor | None) -> tuple[Tensor, Tensor]:
    """A noisy state at unit scale at every level (2206.00364, Table 1), and the same with the level beside it.

    Args:
        noisy: [N, s].
        sigma: [N].

    Returns:
        [N, s] and [N, s + 1].
    """
    if sigma is None:
        raise ValueError("a denoiser with condition_on_sigma must be told sigma")
    noisy = noisy * torch.rsqrt(1 + sigma**2)[:, None]
    return noisy, torch.cat([noisy, sigma.log()[:, None] / 4], dim=-1)
