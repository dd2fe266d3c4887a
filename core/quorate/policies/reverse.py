"""One reverse step of diffusion, plain and compiled."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.policies.score import Score

Step = Callable[[Score, Tensor, Tensor, Tensor, Tensor, Tensor | None, bool], Tensor]


def reverse_step(
    score: Score,
    context: Tensor,
    noisy: Tensor,
    noise: Tensor,
    coefficients: Tensor,
    mask: Tensor | None,
    clip: bool,
) -> Tensor:
    """From a_tau to a_(tau-1).

    Args:
        score: predicts the noise.
        context: [m, R, h], the network's first layer but for the action's part.
        noisy: [m, N * R, a].
        noise: as `noisy`, with the reverse step's standard deviation.
        coefficients: [4], a row of `NoiseSchedule.coefficients`; a tensor, so that all steps share what is compiled.
        mask: 1 where action features are real, 0 where padded; broadcast to `noisy`; None where all are real.
        clip: whether the estimated clean action is clipped to [-1, 1].

    Returns:
        As `noisy`.
    """
    eps = score.denoise(context, noisy.to(context.dtype)).to(noisy.dtype)
    if mask is not None:
        eps = eps * mask
    clean = coefficients[0] * noisy - coefficients[1] * eps
    if not clip:
        return clean + noise
    return coefficients[2] * clean.clamp(-1, 1) + coefficients[3] * noisy + noise


@cache
def compiled_step() -> Step:
    """`reverse_step` compiled, once for all policies of one shape; a new shape of inputs compiles again."""
    compiled = torch.compile(reverse_step, fullgraph=True)

    def step(*arguments: object) -> Tensor:
        try:
            return compiled(*arguments)  # type: ignore[arg-type]
        except (torch._dynamo.exc.TorchDynamoException, torch._inductor.exc.InductorError) as error:
            problem = f"the reverse step can not be compiled here: {str(error).strip().splitlines()[0]}"
            raise QuorateError(
                problem, where="the policy's setting `compile`", fix="set `compile: false`, or install a C++ compiler"
            ) from error

    return step
