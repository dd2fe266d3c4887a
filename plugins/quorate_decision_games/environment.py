"""Games of one decision, natively batched: the paper's M_sa and M_ma, and one that a network can learn."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.interfaces import Environment, EnvironmentSpec, Observability, Step
from quorate.seeding import derive_seed
from quorate_decision_games.payoff import Payoff
from quorate_decision_games.render import draw
from quorate_decision_games.settings import DecisionGameSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class DecisionGame(Environment):
    """Each agent makes one decision; flags that it may raise decide what follows (2605.07101, Sec. 3.2).

    * State: [1, 0, ..., 0] before the decision (the paper's -1_n), then [0, flag_1, ..., flag_n].
    * Observation: every agent sees the state.
    * Action: a real number for each agent; with `bounded`, it is clipped to [-1, 1].
    * Decision: the team gets the sum of r_start(a_i), and each agent raises its flag with probability p_start(a_i).
    * After it: the team gets c1 for each raised flag, or c2 + c3 exp(-|a|^2) where all are raised. With one agent,
      c2 = c1 and c3 = 0, this is M_sa, whose s1 is the raised flag.
    * Outcome `goal`: 1 where an episode got to the state in which all flags are raised, else 0.
    * The state without a raised flag is absorbing and pays nothing: entering it ends the episode (terminated).

    Args:
        settings: what `DecisionGameSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    def __init__(self, settings: DecisionGameSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        self._payoff = Payoff(settings)
        self._batch, self._device = batch, torch.device(device)
        self._generator = torch.Generator(device=self._device)
        self._spec = make_spec(settings)
        self._flags: Tensor | None = None
        self._deciding = torch.ones(batch, dtype=torch.bool, device=self._device)

    @property
    def spec(self) -> EnvironmentSpec:
        """What does not change."""
        return self._spec

    @property
    def batch(self) -> int:
        """B."""
        return self._batch

    @property
    def device(self) -> torch.device:
        """Where every tensor of a `Step` lives."""
        return self._device

    @property
    def payoff(self) -> Payoff:
        """Rewards and transitions as functions of actions."""
        return self._payoff

    def reset(self, seed: int | None = None) -> Step:
        """Start B new episodes; see `Environment.reset`."""
        if seed is not None:
            self._generator.manual_seed(derive_seed(seed, "decision-game"))
        self._deciding = torch.ones(self._batch, dtype=torch.bool, device=self._device)
        self._flags = torch.zeros(self._batch, self._payoff.agents, device=self._device)
        state = self._state(self._deciding, self._flags)
        nothing = torch.zeros(self._batch, device=self._device)
        return Step(self._observe(state), state, nothing, ~self._deciding, ~self._deciding)

    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment, float32 [B, n, 1].

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape is not [B, n, 1].
        """
        if self._flags is None:
            raise RuntimeError("DecisionGame.step was called before reset.")
        shape = (self._batch, self._payoff.agents, 1)
        if actions.shape != shape:
            raise ValueError(f"actions: expected shape {shape}, got {(*actions.shape,)}.")
        chosen = actions[..., 0].float()
        if self._payoff.settings.bounded:
            chosen = chosen.clamp(-1, 1)
        decided = self._payoff.start_reward(chosen).sum(-1)
        reward = torch.where(self._deciding, decided, self._payoff.flag_reward(self._flags, chosen))
        draw = torch.rand(chosen.shape, generator=self._generator, device=self._device)
        flags = ((draw < self._payoff.success(chosen)) & self._deciding[:, None]).float()
        return self._advance(reward, flags)

    def close(self) -> None:
        """There is nothing to release."""

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw a state, actions [n, 1], and an estimate of the state; see `quorate_decision_games.render.draw`."""
        draw(axes, self._payoff, state, estimate, actions)

    def state_dict(self) -> dict[str, Any]:
        """See `Resumable`: where each game is, and the generator."""
        flags = None if self._flags is None else self._flags.clone()
        return {"deciding": self._deciding.clone(), "flags": flags, "generator": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See `Resumable`."""
        flags = state["flags"]
        self._deciding = state["deciding"].to(self._device, copy=True)
        self._flags = None if flags is None else flags.to(self._device, copy=True)
        self._generator.set_state(state["generator"].cpu())

    def _advance(self, reward: Tensor, flags: Tensor) -> Step:
        """Go to the state of the flags; where none is raised, to a new episode."""
        terminated = ~flags.any(-1)
        last = self._state(torch.zeros_like(terminated), flags)
        assert self._flags is not None
        goal = self._flags.all(-1, keepdim=True).float()  # the state that the episode is ending in pays, and is left
        self._deciding, self._flags = terminated, flags  # flags of a row that ended are all down, as at the start
        state = self._state(terminated, flags)
        return Step(
            observation=self._observe(state),
            state=state,
            reward=reward,
            terminated=terminated,
            truncated=torch.zeros_like(terminated),
            final_observation=self._observe(last),
            final_state=last,
            outcomes=goal.where(terminated[:, None], torch.nan),
        )

    def _state(self, deciding: Tensor, flags: Tensor) -> Tensor:
        return torch.cat([deciding[:, None].float(), flags], -1)

    def _observe(self, state: Tensor) -> Tensor:
        return state[:, None].expand(-1, self._payoff.agents, -1).clone()


def make_spec(settings: DecisionGameSettings) -> EnvironmentSpec:
    """Describe a game to the components that work with it."""
    n, limit = settings.agents, 1.0 if settings.bounded else np.inf
    kind = "learnable" if settings.bounded else "single" if n == 1 else "multi"
    return EnvironmentSpec(
        name=f"decision-game/{kind}",
        agents=tuple(f"agent_{index}" for index in range(n)),
        observation_sizes=(1 + n,) * n,
        state_size=1 + n,
        action_spaces=tuple(Box(-limit, limit, (1,), np.float32) for _ in range(n)),
        horizon=None,
        observability=Observability.FULL,
        reward_rule=RewardRule.SHARED,
        reward="team reward, shared by all agents: sum of the agents' r_start at the decision, then what flags pay",
        simulator=f"quorate_decision_games {__version__}",
        binary_state=True,
        outcomes=("goal",),
    )
