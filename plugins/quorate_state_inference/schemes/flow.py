"""What the schemes' flows share: noise levels, the update, the verdict on estimates, the choice among draws."""

from collections.abc import Sequence

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, Estimate
from quorate_state_inference.schemes.checks import Probe, check, individual_change
from quorate_state_inference.settings import FlowSettings

FEATURES_AT_ONCE = 2**18
"""Features of all agents' histories that are encoded in one call: few rows cost mostly the calls."""


def encode_agents(denoiser: Denoiser, histories: Tensor, draws: int) -> Tensor:
    """Features of each agent's rows, repeated for each draw: [B, m, h] -> [m, draws * B, c].

    One agent at a time where there is much: what encoding makes on the way then stays in the cache.
    """
    batch, agents = histories.shape[:2]
    if agents * batch * denoiser.feature_size <= FEATURES_AT_ONCE:
        together = denoiser.encode(histories).transpose(0, 1).contiguous()
        return together.repeat(1, draws, 1) if draws > 1 else together
    encoded = histories.new_empty(agents, draws, batch, denoiser.feature_size)
    for own, history in zip(encoded, histories.unbind(1), strict=True):
        own.copy_(denoiser.encode(history))
    return encoded.flatten(1, 2)


class Flow:
    """A flow of denoiser calls from noise, with annealed noise levels where the denoiser must be told them.

    Args:
        settings: of the scheme.
        denoiser: shared by the agents.
        steps: updates of the flow.
        generator: of the initial noise.
    """

    def __init__(self, settings: FlowSettings, denoiser: Denoiser, steps: int, generator: torch.Generator) -> None:
        if denoiser.condition_on_sigma and settings.anneal is None:
            raise QuorateError(
                "this denoiser must be told the noise level, and the inference scheme has none",
                where="the inference scheme's setting `anneal`",
                fix="set `anneal: [10.0, 0.02]` (the range of its training), or train with `condition_on_sigma: false`",
            )
        if settings.anneal is not None and not denoiser.condition_on_sigma:
            raise QuorateError(
                "this denoiser is blind: it is not told the noise level, so there is nothing to anneal",
                where="the inference scheme's setting `anneal`",
                fix="set `anneal: null`, or train with `condition_on_sigma: true`",
            )
        self.settings, self.denoiser, self.generator = settings, denoiser, generator
        self._levels: list[float] = []
        self._initial = settings.initial_noise
        if settings.anneal is not None:
            first, last = settings.anneal
            ratio = (last / first) ** (1 / max(1, steps - 1))
            self._levels = [first * ratio**step for step in range(steps)] + [0.0]
            self._initial = first
        self._blind = AtLevel(denoiser, self._levels[-2]) if denoiser.condition_on_sigma else denoiser
        self._probe = Probe(settings.eigenvalues, self._blind, generator) if settings.checks else None

    def start(self, rows: int) -> Tensor:
        """Where the flow starts, [rows, s]."""
        shape = (rows, self.denoiser.state_size)
        noise = torch.randn(shape, generator=self.generator, device=self.generator.device).mul_(self._initial)
        return noise.add_(self.settings.initial_mean)

    def sigma(self, step: int, like: Tensor) -> Tensor | None:
        """What the denoiser is told at a step, [N], or None."""
        return like.new_full((len(like),), self._levels[step]) if self._levels else None

    def call(self, features: Tensor, noisy: Tensor, step: int, *, last_cycle: bool = False) -> Tensor:
        """The denoiser's estimate, [N, c], [N, s] -> [N, s]; in the last cycle its Jacobian is looked at too."""
        if last_cycle and self._probe is not None:
            estimate = self._probe.visit(features, noisy)
            if not self._levels:
                return estimate
        return self.denoiser.denoise(features, noisy, self.sigma(step, noisy))

    def look(self, features: Tensor, noisy: Tensor) -> None:
        """Look at the Jacobian at a point that is not a call of the flow."""
        if self._probe is not None:
            self._probe.visit(features, noisy)

    def update(self, noisy: Tensor, estimate: Tensor, step: int) -> Tensor:
        """The next point: the estimate (2410.13953, Eq. 7), or an Euler step of the flow ODE (Eq. 5) if annealed."""
        if not self._levels:
            return estimate
        return torch.lerp(estimate, noisy, self._levels[step + 1] / self._levels[step])

    def conclude(self, members: Tensor, points: Sequence[Tensor], shape: tuple[int, int, int]) -> Estimate:
        """Check the last point where that is asked for, and keep the best draw.

        Args:
            members: [m, N, c]: features of the agents that take part.
            points: [N, s] each: the estimate last, the trajectory before it where it was kept.
            shape: (M draws, B rows, e estimates), N being their product.
        """
        draws, batch, estimates = shape
        states = points[-1]
        result = Estimate(states.unflatten(0, (draws * batch, estimates)))
        if self._probe is not None:
            verdict = check(self.settings, self._blind, self._probe, members, states)
            result.accepted = verdict.accepted.reshape(draws * batch, estimates)
            result.eigenvalue = verdict.eigenvalue.reshape(draws * batch, estimates)
            result.residual = verdict.residual.reshape(draws * batch, estimates)
        elif draws > 1:
            nowhere = torch.zeros(len(states), dtype=torch.bool, device=states.device)
            change = individual_change(self._blind, members, states, nowhere, self.settings)
            result.residual = change.reshape(draws * batch, estimates)
        if len(points) > 1:
            result.trajectory = torch.stack(list(points)).unflatten(1, (draws * batch, estimates))
        return best_draw(result, draws)


class AtLevel(Denoiser):
    """A denoiser that is told one noise level, seen as a blind one."""

    def __init__(self, denoiser: Denoiser, level: float) -> None:
        super().__init__()
        self._denoiser, self._level = denoiser, level

    @property
    def state_size(self) -> int:
        """S."""
        return self._denoiser.state_size

    @property
    def condition_on_sigma(self) -> bool:
        """It is told already."""
        return False

    @property
    def feature_size(self) -> int:
        """C."""
        return self._denoiser.feature_size

    @override
    def encode(self, history: Tensor) -> Tensor:
        return self._denoiser.encode(history)

    @override
    def denoise(self, features: Tensor, noisy: Tensor, sigma: Tensor | None = None) -> Tensor:
        """A given sigma is ignored."""
        return self._denoiser.denoise(features, noisy, noisy.new_full((len(noisy),), self._level))


def best_draw(estimate: Estimate, draws: int) -> Estimate:
    """Of each row's draws keep one: an accepted one if there is one, the least changing one next.

    Args:
        estimate: for draws * B rows, draw by draw, with residuals if there are several draws.
        draws: M.

    Returns:
        The estimate for B rows.
    """
    if draws == 1 or estimate.residual is None:
        return estimate
    score = estimate.residual
    if estimate.accepted is not None:
        score = torch.where(estimate.accepted, score, score + score.amax() + 1)
    best = score.unflatten(0, (draws, -1)).argmin(0)  # [B, e]

    def pick(value: Tensor, axis: int = 0) -> Tensor:
        value = value.unflatten(axis, (draws, -1)).movedim(axis, -1)  # [..., B, e, (s,) M]
        index = best[(None,) * axis + (...,) + (None,) * (value.dim() - best.dim() - axis)]
        return value.take_along_dim(index, -1).squeeze(-1)

    return Estimate(
        pick(estimate.states),
        None if estimate.accepted is None else pick(estimate.accepted),
        None if estimate.eigenvalue is None else pick(estimate.eigenvalue),
        pick(estimate.residual),
        None if estimate.trajectory is None else pick(estimate.trajectory, 1),
    )
