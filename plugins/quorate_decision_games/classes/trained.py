"""Policy classes of the core that are trained on weighted samples, such as DDPMs."""

import copy
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Policy, PolicySpec, Projectable, ProjectionTarget
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.memory import refuse_memory
from quorate.settings import Component
from quorate_decision_games.classes.base import DecisionPolicies, LogWeight
from quorate_decision_games.grid import Grid, Nodes
from quorate_decision_games.settings import Refit

SMOOTHING = 0.01
"""Standard deviation of the kernel with which densities of samples are drawn, in units of the action."""
FINAL_RATE = 0.02


class TrainedPolicies(DecisionPolicies):
    """A policy class that is projected onto old exp(w) by samples of the old policy, weighted by exp(w).

    Such a projection is far dearer than the exact update of one epoch, and its errors add up. So the weights of several
    epochs are gathered, on a grid, and followed by one projection; in between, the policy stays.

    The agents of all runs are one stacked policy, whose actions [-1, 1] stand for [-scale, scale].

    Args:
        part: the policy class.
        settings: of the projections.
        runs: S.
        agents: n.
        grid: of actions.
        variance: of the initial policy, N(0, variance), which the class is fitted to.
        bounded: whether [-1, 1] is all there is; `scale` is 1 then.
        seed: of the initial parameters.
        generator: of the initial fit.

    Raises:
        QuorateError: the class can not be projected, or can not by samples alone; or it remembers.
    """

    def __init__(
        self,
        part: Component,
        settings: Refit,
        *,
        runs: int,
        agents: int,
        grid: Grid,
        variance: float,
        bounded: bool,
        seed: int,
        generator: torch.Generator,
    ) -> None:
        self.accuracy = f"by {settings.measure} samples of each policy"
        self._settings, self._grid, self._lead = settings, grid, (runs, agents)
        self._scale = 1.0 if bounded else settings.scale
        members, device = runs * agents, grid.points.device
        spec = PolicySpec(members, 1, (1,) * members, discrete=False)
        with seeded_initialisation(seed, "policy"):
            policy: Policy = part.build(spec).to(device)
        refuse_memory(policy, "algorithm.policy.network")
        self._policy = policy
        if not isinstance(self._policy, Projectable):
            problem = f"the policy class {part.name} can not be projected onto weighted samples"
            raise QuorateError(problem, where="algorithm.policy", choices=["ddpm"], fix="choose another policy class")
        self._inputs = torch.zeros(1, members, 1, device=device)
        self._pending = torch.zeros(*self._lead, len(grid.points), dtype=torch.float64, device=device)
        self._gathered = 0
        start = torch.randn(settings.samples, 1, members, 1, generator=generator, device=device) * variance**0.5
        start = (start / self._scale).clamp(-1, 1)
        self._fit(start, torch.ones_like(start[..., 0]), settings.initial_steps, generator)
        self._measured = self._draw(settings.measure, generator)

    @override
    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        return self._draw(count, generator)

    @override
    def nodes(self) -> Nodes:
        """Samples that were drawn after the last projection."""
        weights = torch.full_like(self._measured, 1 / self._measured.shape[-1])
        return Nodes(self._measured, weights)

    @override
    def density(self, grid: Grid) -> Tensor:
        """Of the samples, smoothed a little."""
        rows = []
        for samples in self._measured.flatten(0, 1):  # one agent at a time bounds the memory
            distance = (grid.points[:, None] - samples) / SMOOTHING
            rows.append(torch.exp(-distance.square() / 2).mean(-1) / (SMOOTHING * (2 * torch.pi) ** 0.5))
        return torch.stack(rows).view(*self._lead, -1)

    @override
    def project(self, log_weight: LogWeight, generator: torch.Generator) -> None:
        """Gathers, and projects when enough is gathered."""
        self._pending = self._pending + log_weight(self._grid.points.expand_as(self._pending))
        self._gathered += 1
        if self._gathered < self._settings.every:
            return
        actions = self._policy.sample(self._inputs, self._settings.samples, generator)
        log_weights = self._grid.interpolate(self._pending, self._split(actions))
        weights = self._join(torch.softmax(log_weights, -1) * self._settings.samples)
        self._fit(actions, weights, self._settings.steps, generator)
        self._pending, self._gathered = torch.zeros_like(self._pending), 0
        self._measured = self._draw(self._settings.measure, generator)

    @override
    def state_dict(self) -> dict[str, Any]:
        """Every projection has an optimiser of its own, which is not stored."""
        return {
            "policy": copy.deepcopy(self._policy.state_dict()),
            "pending": self._pending.clone(),
            "gathered": self._gathered,
            "measured": self._measured.clone(),
        }

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        device = self._inputs.device
        self._policy.load_state_dict(state["policy"])
        self._pending, self._measured = (state[name].to(device, copy=True) for name in ("pending", "measured"))
        self._gathered = state["gathered"]

    @torch.enable_grad()
    def _fit(self, actions: Tensor, weights: Tensor, steps: int, generator: torch.Generator) -> None:
        """Train on actions [N, 1, S n, 1] with weights [N, 1, S n]; the rate falls linearly."""
        settings, policy = self._settings, self._policy
        assert isinstance(policy, Projectable)
        optimiser = torch.optim.Adam(policy.parameters(), settings.learning_rate, foreach=True)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, FINAL_RATE, steps)
        for _ in range(steps):
            rows = torch.randint(len(actions), (settings.batch_size,), generator=generator, device=actions.device)
            loss = policy.projection_loss(ProjectionTarget(self._inputs, actions[rows], weights[rows]), generator)
            optimiser.zero_grad(set_to_none=True)
            loss.sum().backward()
            optimiser.step()
            schedule.step()

    def _draw(self, count: int, generator: torch.Generator) -> Tensor:
        return self._split(self._policy.sample(self._inputs, count, generator))

    def _split(self, actions: Tensor) -> Tensor:
        """[N, 1, S n, 1] of the policy -> [S, n, N] of the game."""
        return actions[:, 0, :, 0].T.reshape(*self._lead, -1).double() * self._scale

    def _join(self, weights: Tensor) -> Tensor:
        """[S, n, N] -> float32 [N, 1, S n]."""
        return weights.flatten(0, 1).T[:, None].float()
