"""The shell of natively batched environments: they say how worlds begin, go on and look; all else is done here."""

from abc import abstractmethod
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments.batched import BatchedEnvironment
from quorate.environments.clock import Clock
from quorate.errors import RunError
from quorate.interfaces import EnvironmentSpec, Step
from quorate.seeding import derive_seed

World = TypeVar("World")
"""A dataclass of tensors whose first dimension is B: all that changes."""


@dataclass
class View:
    """What the agents see of their worlds, and what is true of them, as in `Step`."""

    observation: Tensor
    state: Tensor
    action_mask: Tensor | None = None
    agent_mask: Tensor | None = None


@dataclass
class Advance:
    """What actions led to.

    Attributes:
        reward: float32 [B].
        terminated: bool [B]; None where no episode ever ends by the rules, and then in every step.
        agent_reward: float32 [B, n], where agents are paid differently.
        info: further named tensors, the first dimension being B.
    """

    reward: Tensor
    terminated: Tensor | None = None
    agent_reward: Tensor | None = None
    info: dict[str, Tensor] = field(default_factory=dict)


class NativeEnvironment(BatchedEnvironment, Generic[World]):
    """B worlds of tensors; seeds, the time, the horizon, new episodes, last observations and storing are done here.

    An environment writes `begin`, `advance` and `observe`, and draws from `generator` only. Where it never terminates,
    all episodes end at once, at the horizon.

    Args:
        spec: what does not change.
        batch: B, independent copies.
        device: where they live.

    Attributes:
        world: where all copies are; new with every step, or changed in place by `advance`.
        generator: of all draws.
    """

    seeded_as: ClassVar[str] = ""
    """What the generator's seed is derived for; by default, the name in the spec."""
    draws_views: ClassVar[bool] = True
    """`observe` draws, so that looking twice at one world shows two things; where not, some time is saved."""

    world: World

    def __init__(self, spec: EnvironmentSpec, batch: int, device: torch.device | str = "cpu") -> None:
        super().__init__(spec, batch, device)
        self.generator = torch.Generator(device=self._device)
        self._clock = Clock(spec.horizon)
        # One element each, so that whoever writes into them is told.
        self._never, self._always = torch.tensor([[False], [True]], device=self._device).expand(2, batch).unbind()

    @abstractmethod
    def begin(self) -> World:
        """Draw B new worlds."""

    @abstractmethod
    def advance(self, actions: Tensor) -> Advance:
        """Let the worlds go on: set `world`.

        Args:
            actions: of `Environment.step`; their shape has been looked at.
        """

    @abstractmethod
    def observe(self) -> View:
        """What there is to see of `world`. It is new memory, or memory that nobody changes."""

    def begin_in(self, rows: Tensor) -> World:
        """`world` with new episodes in some rows, bool [B]: for those that need not draw worlds for all rows."""
        return _chosen(rows, self.begin(), self.world)

    def outcomes(self) -> Tensor | None:
        """What episodes that end in `world` came to, float32 [B, k]; None where the spec names no outcomes."""
        return None

    @override
    def reset(self, seed: int | None = None) -> Step:
        if seed is not None:
            self.generator.manual_seed(derive_seed(seed, self.seeded_as or self._spec.name))
        self.world = self.begin()
        self._clock.begin()
        nothing = Advance(torch.zeros(self._batch, device=self._device))
        if self._spec.agent_rewards:
            nothing.agent_reward = nothing.reward[:, None].expand(-1, self._spec.agent_count)
        return self._step(self.observe(), nothing, self._never, self._never)

    @override
    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment.

        Raises:
            RuntimeError: before the first `reset`.
            ValueError: where the shape of the actions is not that of the action spaces.
        """
        self.check_actions(actions, begun=self._clock.begun)
        return self._after(self.advance(actions))

    def state_dict(self) -> dict[str, Any]:
        """The worlds, the time (None before the first reset) and the generator; see `Resumable`."""
        world = tensors(self.world) if self._clock.begun else {}
        copies = {name: value.clone() for name, value in world.items()}
        return {"world": copies, "time": self._clock.state_dict(), "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on bit for bit from what `state_dict` returned."""
        if "time" not in state:
            fix = "Train it anew, from the start; version 0.1 still opens the old run."
            raise RunError("This environment's state is stored in another form since version 0.2.", fix=fix)
        self._clock.load_state_dict(state["time"], self._device)
        if self._clock.begun:
            world = {name: value.to(self._device, copy=True) for name, value in state["world"].items()}
            self.world = replace(self.begin(), **world)  # type: ignore[type-var]
        self.generator.set_state(state["generator"].cpu())

    def _after(self, advance: Advance) -> Step:
        """The worlds have gone on."""
        self._clock.tick()
        return self._together(advance) if advance.terminated is None else self._apart(advance, advance.terminated)

    def _together(self, advance: Advance) -> Step:
        """No row ends before the horizon, and then all do."""
        view = self.observe()
        if not self._clock.due:
            return self._step(view, advance, self._never, self._never)
        outcomes = self.outcomes()
        self.world = self.begin()
        self._clock.begin()
        return self._step(self.observe(), advance, self._never, self._always, view, outcomes)

    def _apart(self, advance: Advance, terminated: Tensor) -> Step:
        """Each row ends when it will; whether any did is asked of the device in each step."""
        view, ended, truncated = self.observe(), terminated, self._never
        if self._clock.due:
            truncated = self._clock.reached(terminated) & ~terminated
            ended = terminated | truncated
        if not bool(ended.any()):
            return self._step(view, advance, terminated, truncated)
        outcomes = self.outcomes()
        self._clock.begin_in(ended)
        self.world = self.begin_in(ended)
        now = _chosen(ended, self.observe(), view) if self.draws_views else self.observe()
        if outcomes is not None:
            outcomes = outcomes.where(ended[:, None], torch.nan)
        return self._step(now, advance, terminated, truncated, view, outcomes)

    def _step(
        self,
        view: View,
        advance: Advance,
        terminated: Tensor,
        truncated: Tensor,
        last: View | None = None,
        outcomes: Tensor | None = None,
    ) -> Step:
        step = Step(
            view.observation,
            view.state,
            advance.reward,
            terminated,
            truncated,
            view.action_mask,
            view.agent_mask,
            agent_reward=advance.agent_reward,
            outcomes=outcomes,
            info=advance.info,
        )
        if last is not None:
            step.final_observation, step.final_state = last.observation, last.state
            step.final_action_mask = last.action_mask
            step.final_agent_mask = None if last.agent_mask is None else last.agent_mask & ~terminated[:, None]
        return step


Tensors = TypeVar("Tensors")


def tensors(these: Any) -> dict[str, Any]:
    """The fields of a dataclass; they are not copied."""
    return {part.name: getattr(these, part.name) for part in fields(these)}


def _chosen(rows: Tensor, one: Tensors, other: Tensors) -> Tensors:
    """Field by field: `one` in some rows, bool [B], and `other` elsewhere."""
    left, right = tensors(one), tensors(other)
    chosen = {
        name: torch.where(rows.reshape(-1, *[1] * (value.dim() - 1)), value, right[name])
        for name, value in left.items()
        if value is not None and value is not right[name]
    }
    return replace(other, **chosen)  # type: ignore[type-var]
