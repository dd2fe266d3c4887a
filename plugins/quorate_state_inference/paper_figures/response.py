"""How fixed points move with the history: J* = (I - df/dy)^-1 df/dtau (2410.13953, Eq. 14), and its rank."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, PreparingDenoiser
from quorate_state_inference.paper_figures.attractors import settle
from quorate_state_inference.paper_figures.subject import Subject

RELATIVE = 0.1
"""Singular values above this share of the largest count towards the relative rank."""
ABSOLUTE = 0.1
"""Singular values above this count towards the absolute rank, which the fit of the network alone lowers."""


@dataclass(frozen=True)
class Responses:
    """M pairs of a history tau and its true state s, with the fixed point y* that the flow from s reaches.

    Attributes:
        inputs: [M, t], tau as the network reads it.
        states: [M, s].
        points: [M, s], y*.
        deviation: [M], D(tau, s) = |s - y*| (Definition 4).
        jacobian: [M, s, s], df/dy at y*.
        sensitivity: [M, s, t], df/dtau at y*; None where f is not differentiable in tau.
        settled: bool [M].
    """

    inputs: Tensor
    states: Tensor
    points: Tensor
    deviation: Tensor
    jacobian: Tensor
    sensitivity: Tensor | None
    settled: Tensor


@dataclass(frozen=True)
class Ranks:
    """Deviation and rank of J* of the M fixed points that are stable.

    Attributes:
        deviation: [M].
        relative: [M], singular values above `RELATIVE` of the largest.
        entropy: [M], exp of the entropy of the normalised singular values.
        absolute: [M], singular values above `ABSOLUTE`.
        left_out: unstable or unsettled points.
    """

    deviation: Tensor
    relative: Tensor
    entropy: Tensor
    absolute: Tensor
    left_out: int

    def summary(self) -> dict[str, float | int | None]:
        """Means, and Spearman's rho of each rank with the deviation."""
        kinds = ("relative", "entropy", "absolute")
        means = {f"mean_{kind}_rank": float(getattr(self, kind).mean()) for kind in kinds}
        rho = {f"rho_{kind}": spearman(getattr(self, kind), self.deviation) for kind in kinds}
        counts: dict[str, float | int | None] = {"fixed_points": len(self.deviation), "left_out": self.left_out}
        return {**counts, "mean_deviation": float(self.deviation.mean()), **means, **rho}


def sample_responses(subject: Subject) -> Responses:
    """Random pairs of an agent's history and its state from training, their fixed points and Jacobians."""
    randomness, count = subject.randomness("responses"), subject.effort.samples
    rows = torch.randint(len(subject.training), (count,), generator=randomness, device=randomness.device)
    agents = torch.randint(subject.layout.agents, (count,), generator=randomness, device=randomness.device)
    histories = subject.identified(subject.training.windows[rows])[torch.arange(count, device=agents.device), agents]
    return measure(subject.denoiser, histories, subject.training.states[rows], subject.effort.iterations)


def measure(denoiser: Denoiser, histories: Tensor, states: Tensor, iterations: int) -> Responses:
    """Follow the flow of each history [M, h] from its state [M, s], and differentiate the denoiser where it ends."""
    inputs, encode = history_input(denoiser, histories)
    with torch.no_grad():
        owner = torch.arange(len(states), device=states.device)
        points, settled = settle(denoiser, encode(inputs), owner, states, iterations)
    jacobian, sensitivity = differentiate(lambda tau, y: denoiser.denoise(encode(tau), y), inputs, points)
    deviation = (states - points).norm(dim=-1)
    return Responses(inputs, states, points, deviation, jacobian, sensitivity, settled)


def history_input(denoiser: Denoiser, histories: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """What a network reads of histories, and the differentiable map from that to features.

    It is the encoding for the `mlp` denoiser, for a global encoding is what says the same thing in the same place;
    for others it is the history itself. A denoiser without parameters, such as `exact`, reads it as discrete.
    """
    if isinstance(denoiser, PreparingDenoiser):
        return denoiser.prepare(histories), denoiser.project
    if not any(True for _ in denoiser.parameters()):
        return histories, lambda tau: denoiser.encode(tau.detach())
    return histories, denoiser.encode


def differentiate(
    function: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, points: Tensor
) -> tuple[Tensor, Tensor | None]:
    """df/dy [M, s, s] and df/dtau [M, s, t], one backward pass for each output feature.

    The second is None where the function does not depend differentiably on its first argument [M, t].
    """
    tau, noisy = inputs.detach().clone().requires_grad_(), points.detach().clone().requires_grad_()
    with torch.enable_grad():
        outputs = function(tau, noisy).sum(0)
        pairs = [torch.autograd.grad(out, (tau, noisy), retain_graph=True, allow_unused=True) for out in outputs]
    blank = torch.zeros_like(noisy)
    by_noisy = torch.stack([blank if pair[1] is None else pair[1] for pair in pairs], dim=1)
    if pairs[0][0] is None:
        return by_noisy, None
    return by_noisy, torch.stack([pair[0] for pair in pairs], dim=1)


def jacobian_rank(responses: Responses) -> Ranks:
    """Ranks of J* where the fixed point is stable.

    Raises:
        QuorateError: where the denoiser is not differentiable in its history, or no fixed point is stable.
    """
    if responses.sensitivity is None:
        raise QuorateError("the denoiser is not differentiable in its history, so its fixed points have no J*")
    stable = torch.linalg.eigvals(responses.jacobian).abs().amax(-1) < 1
    kept = stable & responses.settled
    if not bool(kept.any()):
        raise QuorateError("no flow that started from a true state came to rest at a stable fixed point")
    identity = torch.eye(responses.states.shape[-1], device=kept.device)
    response = torch.linalg.solve(identity - responses.jacobian[kept], responses.sensitivity[kept])
    relative, entropy, absolute = ranks(response)
    return Ranks(responses.deviation[kept], relative, entropy, absolute, int((~kept).sum()))


def ranks(matrices: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Relative rank, entropy rank (0 for a zero matrix) and absolute rank of matrices [M, s, t]: [M] each."""
    values = torch.linalg.svdvals(matrices)
    largest = values.amax(-1, keepdim=True)
    share = values / values.sum(-1, keepdim=True).clamp(min=1e-30)
    entropy = torch.special.entr(share).sum(-1).exp() * (largest[:, 0] > 0)
    relative = (values > RELATIVE * largest).sum(-1)
    return relative.float(), entropy, (values > ABSOLUTE).sum(-1).float()


def spearman(first: Tensor, second: Tensor) -> float | None:
    """Spearman's rank correlation, or None where one side does not vary."""
    from scipy.stats import spearmanr

    if len(first) < 2 or bool((first == first[0]).all()) or bool((second == second[0]).all()):
        return None
    return float(spearmanr(first.cpu().numpy(), second.cpu().numpy()).statistic)


def pool(parts: list[Ranks]) -> Ranks:
    """The fixed points of several runs together."""
    names = ("deviation", "relative", "entropy", "absolute")
    joined = {name: torch.cat([getattr(part, name).cpu() for part in parts]) for name in names}
    return Ranks(**joined, left_out=sum(part.left_out for part in parts))
