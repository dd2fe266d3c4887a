"""The policy inputs of the core, and what every policy input is made with."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import HistoryBuffer, HistoryLayout, InputContext, InputTracker, PolicyInput, Step
from quorate.interfaces.environment import EnvironmentSpec
from quorate.learning.action_features import ActionFeatures
from quorate.learning.input_settings import HistorySettings, ObservationSettings, StateSettings


class Assembly:
    """Puts together what each agent is given: ``[what it saw | identity (n) | state (s) | own features of it (o)]``.

    The last part is there where the environment says which state features an observation reports on
    (`EnvironmentSpec.observed_features`): the same numbers in the order of the agent's own observation, and so often
    of its actions. Agents that share one network learn far better with it than from the state alone.

    Args:
        spec: of the environment.
        seen: x, features of what each agent saw.
        device: of the tensors.
        identity: whether agents are told who they are.
        state: whether they are given a state.

    Attributes:
        size: f.
        description: of all but what was seen.
        identity: what tells each agent who it is, [n, n]; [n, 0] where nothing does.
    """

    def __init__(
        self, spec: EnvironmentSpec, seen: int, device: torch.device, *, identity: bool, state: bool = False
    ) -> None:
        agents, observed = spec.agent_count, spec.observed_features if state else None
        self.identity = torch.eye(agents, device=device) if identity else torch.zeros(agents, 0, device=device)
        self._own = None if observed is None else observed.clamp(min=0).to(device)
        self._real = None if observed is None else (observed >= 0).float().to(device)
        more = spec.state_size if state else 0
        own = 0 if self._own is None else self._own.shape[1]
        start = seen + self.identity.shape[1]
        self.size, self._states = start + more + own, slice(start, start + more)
        parts = {f"identity ({agents})": identity, f"state ({more})": state, f"own features of it ({own})": own > 0}
        self.description = ", ".join(part for part, given in parts.items() if given)

    def __call__(self, seen: Tensor, states: Tensor | None = None) -> Tensor:
        """[B, n, x] and, where a state is given, [B, e, s] with e = 1 or n: [B, n, f]."""
        batch, agents = seen.shape[:2]
        parts = [seen, self.identity.expand(batch, -1, -1)]
        if states is not None:
            states = states.expand(-1, agents, -1)
            parts.append(states)
            if self._own is not None and self._real is not None:
                parts.append(states.gather(2, self._own.expand(batch, -1, -1)) * self._real)
        return torch.cat(parts, dim=-1)

    def states(self, inputs: Tensor) -> Tensor:
        """The states that were put into inputs: [B, n, f] -> [B, n, s]."""
        return inputs[..., self._states]


class EpisodeTracker(InputTracker):
    """A tracker that goes from step to step, and starts again in the rows whose episodes ended.

    Attributes:
        features: makes features of actions, for a tracker that shows them; None: it shows none.
        done: [B, n, a], the actions that led to where `advance` goes; None before any.
    """

    features: ActionFeatures | None = None
    done: Tensor | None = None

    @torch.no_grad()
    @override
    def told(self, actions: Tensor) -> None:
        if self.features is not None:
            self.done = self.features(actions)

    @torch.no_grad()
    @override
    def reset(self, step: Step) -> Tensor:
        return self.begin(step.observation, step.state, None)

    @torch.no_grad()
    @override
    def restart(self, step: Step, rows: Tensor) -> Tensor:
        return self.begin(step.observation, step.state, rows)

    @torch.no_grad()
    @override
    def observe(self, step: Step) -> tuple[Tensor, Tensor]:
        if step.final_observation is None:
            now = self.advance(step.observation, step.state)
            return now, now
        final_state = step.state if step.final_state is None else step.final_state
        following = self.advance(step.final_observation, final_state)
        fresh = self.begin(step.observation, step.state, step.ended)
        return torch.where(step.ended[:, None, None], fresh, following), following

    @abstractmethod
    def begin(self, observation: Tensor, state: Tensor, rows: Tensor | None) -> Tensor:
        """Episodes begin in some rows, bool [B], or in all (None); inputs [B, n, f], right in these rows."""

    @abstractmethod
    def advance(self, observation: Tensor, state: Tensor) -> Tensor:
        """All rows make a step; inputs [B, n, f]."""


class MemorylessTracker(EpisodeTracker):
    """The present observation and, where the assembly has a place for it, the last action or the present state."""

    def __init__(self, assembly: Assembly, *, state: bool, features: ActionFeatures | None = None) -> None:
        self._assembly, self._state, self.features = assembly, state, features

    @override
    def begin(self, observation: Tensor, state: Tensor, rows: Tensor | None) -> Tensor:
        return self._inputs(observation, state, None)

    @override
    def advance(self, observation: Tensor, state: Tensor) -> Tensor:
        return self._inputs(observation, state, self.done)

    def _inputs(self, observation: Tensor, state: Tensor, done: Tensor | None) -> Tensor:
        if self.features is not None:
            none = observation.new_zeros(*observation.shape[:2], self.features.size)
            observation = torch.cat([observation, none if done is None else done], -1)
        return self._assembly(observation, state[:, None] if self._state else None)

    def state_dict(self) -> dict[str, Any]:
        """It remembers nothing."""
        return {}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class WindowTracker(EpisodeTracker):
    """Keeps each agent's last observations; `inputs` makes of them what policies see.

    Args:
        layout: of the histories.
        batch: B.
        device: of the tensors.
        features: of the actions, where the layout has a place for them.
    """

    def __init__(
        self, layout: HistoryLayout, batch: int, device: torch.device, features: ActionFeatures | None = None
    ) -> None:
        self.buffer, self.features = HistoryBuffer(layout, batch, device), features
        self._batch = batch

    @override
    def begin(self, observation: Tensor, state: Tensor, rows: Tensor | None) -> Tensor:
        all_rows = torch.ones(self._batch, dtype=torch.bool, device=observation.device)
        self.buffer.restart(observation, all_rows if rows is None else rows)
        return self.inputs(observation)

    @override
    def advance(self, observation: Tensor, state: Tensor) -> Tensor:
        self.buffer.push(observation, actions=self.done)
        return self.inputs(observation)

    def state_dict(self) -> dict[str, Any]:
        """What is remembered."""
        return {"history": self.buffer.state()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.buffer.set_state(state["history"])

    @abstractmethod
    def inputs(self, observation: Tensor) -> Tensor:
        """What policies see, [B, n, f], given the present observation, which is the buffer's last."""


class HistoryTracker(WindowTracker):
    """Each agent's own history."""

    def __init__(
        self,
        assembly: Assembly,
        layout: HistoryLayout,
        batch: int,
        device: torch.device,
        features: ActionFeatures | None = None,
    ) -> None:
        super().__init__(layout, batch, device, features)
        self._assembly = assembly

    @override
    def inputs(self, observation: Tensor) -> Tensor:
        return self._assembly(self.buffer.windows)


class ConstantInput(PolicyInput):
    """A policy input without parameters.

    Attributes:
        features: of the actions that agents are told; None: they are told none.
    """

    def __init__(self, assembly: Assembly, seen: str, features: ActionFeatures | None = None) -> None:
        self.assembly, self._seen, self.features = assembly, seen, features

    @property
    def size(self) -> int:
        """f."""
        return self.assembly.size

    @property
    @override
    def description(self) -> str:
        return ", ".join(part for part in (self._seen, self.assembly.description) if part)

    def state_dict(self) -> dict[str, Any]:
        """There are no parameters."""
        return {}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class ObservationInput(ConstantInput):
    """Each agent's own present observation (o).

    Attributes:
        length: of the history, which is none.
    """

    length = 0

    def __init__(self, settings: ObservationSettings, context: InputContext) -> None:
        spec = context.environment.spec
        features = ActionFeatures(spec, context.device) if settings.actions else None
        size, told = spec.observation_size, 0 if features is None else features.size
        assembly = Assembly(spec, size + told, context.device, identity=settings.identity)
        seen = f"own observation ({size})" + (f", own last action ({told})" if told else "")
        super().__init__(assembly, seen, features)

    @override
    def tracker(self, batch: int, seed: int) -> InputTracker:
        return MemorylessTracker(self.assembly, state=False, features=self.features)


class HistoryInput(ConstantInput):
    """Each agent's own last L observations, each with a mark that it is there and, if told, the action that led to it.

    L * (1 + o + a) features, oldest first, as in `HistoryLayout`.

    Attributes:
        length: L.
    """

    def __init__(self, settings: HistorySettings, context: InputContext) -> None:
        self.length, spec = settings.length, context.environment.spec
        self._layout, self._device = HistoryLayout.of(spec, settings.length, actions=settings.actions), context.device
        assembly = Assembly(spec, self._layout.window_size, context.device, identity=settings.identity)
        what = "observations and actions" if settings.actions else "observations"
        features = ActionFeatures(spec, context.device) if settings.actions else None
        super().__init__(assembly, f"own last {settings.length} {what} ({self._layout.window_size})", features)

    @override
    def tracker(self, batch: int, seed: int) -> InputTracker:
        return HistoryTracker(self.assembly, self._layout, batch, self._device, self.features)


class StateInput(ConstantInput):
    """The true state beside the own observation: what no decentralised agent has, and a bound on what inference gives.

    Raises:
        QuorateError: where the environment has no state.
    """

    def __init__(self, settings: StateSettings, context: InputContext) -> None:
        spec = context.environment.spec
        check_state(spec)
        assembly = Assembly(spec, spec.observation_size, context.device, identity=settings.identity, state=True)
        super().__init__(assembly, f"own observation ({spec.observation_size})")

    @override
    def tracker(self, batch: int, seed: int) -> InputTracker:
        return MemorylessTracker(self.assembly, state=True)


def check_state(spec: EnvironmentSpec) -> None:
    """Refuse an environment without a state.

    Raises:
        QuorateError: it has none.
    """
    if spec.state_size == 0:
        problem = f"{spec.name} has no state that a policy could be given"
        raise QuorateError(problem, fix="choose the input `observation` or `history`, or another environment")
