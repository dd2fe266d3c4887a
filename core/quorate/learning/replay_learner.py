"""What algorithms share that act, remember and learn from what they remember."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.interfaces import (
    Actor,
    Algorithm,
    Deployment,
    EnvironmentSpec,
    InputContext,
    Policy,
    PolicyInput,
    PolicySpec,
    RunContext,
)
from quorate.learning.acting import Play, TrackedActor
from quorate.learning.collector import Collector
from quorate.learning.endings import PLACE
from quorate.learning.guard import Guard
from quorate.learning.joint import JointActions
from quorate.learning.memory import Recollection
from quorate.learning.off_policy_settings import ReplaySettings
from quorate.learning.replay import Replay
from quorate.learning.replay_memory import replay_bytes
from quorate.learning.room import check_room, row_bytes
from quorate.learning.scaling import ActionScaling
from quorate.learning.temperature import Temperature
from quorate.seeding import derive_seed, generator


class Stateful(Protocol):
    """A part of an algorithm that is trained: a network, an optimiser, a running average."""

    def state_dict(self) -> Mapping[str, Any]:
        """Its state."""
        ...

    def load_state_dict(self, state: dict[str, Any], /) -> object:
        """Restore what `state_dict` returned."""
        ...


class ReplayLearner(Algorithm):
    """Acts, remembers, and learns from what it remembers; a subclass says how.

    A training step is one step of all environments and the updates that are then due.

    Attributes:
        takes: the actions that a class learns, `continuous` or `discrete`, as in the tags of its row.
        needs_state: whether it learns from the state.
        environment: what is learned in.
        input: what the policies see.
        spec: sizes of n decentralised policies.
        scaling: from normalised actions to the environment's; None where they are discrete.
        joint: the joint actions.
        collector: of experience.
        replay: the memory.
        recollection: of a policy that remembers while experience is made, for who sets it; it is stored.
        updates: made so far.
    """

    takes: ClassVar[tuple[str, ...]] = ("continuous",)
    needs_state: ClassVar[bool] = True
    recollection: Recollection | None = None

    def __init__(self, settings: ReplaySettings, context: RunContext) -> None:
        self._shared, self._context = settings, context
        seed, device = context.seed, context.device
        self.environment = build_environment(
            context.environment, settings.environments, device, workers=context.workers
        )
        self.scaling = ActionScaling.of(self.environment.spec, device, settings.bounds)
        self.input: PolicyInput = settings.input.build(
            InputContext(self.environment, seed, device, context.report, context.saved_run)
        )
        self.spec = PolicySpec.of(self.environment.spec, self.input.size)
        self._check(self.environment.spec)
        self.joint = JointActions(self.spec, device)
        self.guard = Guard()
        tracker = self.input.tracker(settings.environments, derive_seed(seed, "inputs"))
        self.collector = Collector(self.environment, tracker, derive_seed(seed, "environment"), self.guard)
        self.replay = Replay(settings.replay, device, len(self.environment.spec.outcomes))
        self._check_room()
        self.discount = settings.discount
        self._randomness = generator(seed, "training", device=device)
        self._latest: dict[str, Tensor] = {}
        self.updates = 0

    @property
    @abstractmethod
    def warming_up(self) -> bool:
        """Whether the memory is filled as it is at first, and nothing is learned yet."""

    @abstractmethod
    def act(self) -> tuple[Tensor, Tensor]:
        """What is done now, and what is remembered of it: both normalised [B, n, a], or valid choices [B, n]."""

    @abstractmethod
    def learn(self) -> dict[str, Tensor]:
        """One update; returns metrics, 0-d tensors without gradient."""

    @abstractmethod
    def play(self, greedy: bool | None) -> Play:
        """How an actor chooses actions as those that `act` does; `greedy` is as in `Acting`."""

    @abstractmethod
    def parts(self) -> Mapping[str, Stateful]:
        """Everything that is trained, by name."""

    @abstractmethod
    def acting_parts(self) -> Mapping[str, Stateful]:
        """Those of `parts` that `play` depends on."""

    def replay_bytes(self, transitions: int | None = None) -> int:
        """What the replay memory takes with so many transitions in it; None: full."""
        capacity = self._shared.replay if transitions is None else transitions
        return replay_bytes(capacity, self.collector.now, self.spec, self.environment.spec)

    @property
    def done(self) -> float:
        """The share of the training steps that is over, for schedules."""
        steps = self.collector.environment_steps // self._shared.environments
        return min(steps / max(1, self._context.train_steps), 1.0)

    def train_step(self) -> Mapping[str, Tensor | float]:
        """One step of all environments, then the updates that are due.

        Returns:
            What `Collector.metrics` says, ``updates`` (so far) and what the latest update returned.
        """
        with torch.no_grad():
            chosen, remembered = self.act()
        taken = chosen if self.scaling is None else self.scaling.to_environment(chosen)
        self.replay.add(self.collector.step(taken, remembered))
        for _ in range(self._due()):
            self.updates += 1
            self._latest = self.learn()
        counts = {"updates": float(self.updates)}
        return {**self.collector.metrics(), **counts, **self._latest, **self.guard.metrics()}

    def deployed(self, policy: Policy, build: Callable[[PolicySpec], Policy]) -> Deployment:
        """For `Deployable.deployment`: a policy of n agents, and how others of its class are built."""
        to_environment = None if self.scaling is None else self.scaling.to_environment
        return Deployment(policy, self.spec, self.input, build, to_environment)

    @override
    def acting_state(self) -> dict[str, Any]:
        parts = {name: part.state_dict() for name, part in self.acting_parts().items()}
        return {"parts": parts, "input": self.input.state_dict()}

    @override
    def load_acting_state(self, state: dict[str, Any]) -> None:
        for name, part in self.acting_parts().items():
            part.load_state_dict(state["parts"][name])
        self.input.load_state_dict(state["input"])

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        """See `Acting.actor`."""
        return TrackedActor(self.input.tracker(batch, seed), *self.play(greedy).scaled(self.scaling))

    def state_dict(self) -> dict[str, Any]:
        """Everything that is trained, the memory, the environments and the generator."""
        remembered = {} if self.recollection is None else {"recollection": self.recollection.state_dict()}
        return {
            "parts": {name: part.state_dict() for name, part in self.parts().items()},
            "replay": self.replay.state_dict(),
            "collector": self.collector.state_dict(),
            "input": self.input.state_dict(),
            "randomness": self._randomness.get_state(),
            "latest": dict(self._latest),
            "updates": self.updates,
            **remembered,
        }

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name, part in self.parts().items():
            part.load_state_dict(copy.deepcopy(state["parts"][name]))  # optimisers would keep the given tensors
        self.replay.load_state_dict(state["replay"])
        self.input.load_state_dict(state["input"])
        self.replay.truncate(self.collector.load_state_dict(state["collector"]))
        self._randomness.set_state(state["randomness"].cpu())
        self._latest = {name: value.to(self._context.device) for name, value in state["latest"].items()}
        self.updates = state["updates"]
        if self.recollection is not None:
            self.recollection.load_state_dict(state["recollection"], self._context.device)

    def weights(self) -> Sequence[tuple[str, ...]]:
        """See `Transferable.weights`: all parts but optimisers and temperatures."""
        anew = torch.optim.Optimizer, Temperature
        return [("parts", name) for name, part in self.parts().items() if not isinstance(part, anew)]

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings = self._shared
        return {
            "step": f"one step of {settings.environments} environments, then the updates that are due",
            "environment_steps_per_train_step": settings.environments,
            "updates": f"{settings.updates} after every {settings.update_interval} steps",
            "policy_sees": self.input.description,
            **({} if self.scaling is None else {"action_bounds": settings.bounds.value}),
            "resumption": self.collector.resumption(),
        }

    @override
    def close(self) -> None:
        self.environment.close()

    def _due(self) -> int:
        settings = self._shared
        step = self.collector.environment_steps // settings.environments
        return 0 if self.warming_up or step % settings.update_interval else settings.updates

    def _check_room(self) -> None:
        settings, device = self._shared, self._context.device
        filled = min(settings.replay, (self._context.train_steps + 1) * settings.environments)
        planned = self.replay_bytes(filled) + PLACE * (settings.replay - filled)
        what = f"a replay memory of {settings.replay:,} transitions"
        check_room(what, planned, "algorithm.replay", settings.replay, device)
        drawn = settings.batch_size * row_bytes(self.collector.now)
        check_room("a batch", drawn, "algorithm.batch_size", settings.batch_size, device)

    def _check(self, spec: EnvironmentSpec) -> None:
        offered = "discrete" if self.spec.discrete else "continuous"
        if offered not in self.takes:
            taken = " or ".join(self.takes)
            problem = f"this algorithm chooses {taken} actions, and those of {spec.name} are {offered}"
            raise QuorateError(problem, where="algorithm", fix=f"choose an environment with {taken} actions")
        if self.needs_state and not spec.state_size:
            problem = f"this algorithm's critic sees the state, and {spec.name} has none"
            raise QuorateError(problem, where="algorithm", fix="choose an environment with a state")
