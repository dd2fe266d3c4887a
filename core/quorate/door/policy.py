"""A trained policy on observations as PettingZoo gives them, and on batches of ours."""

import copy
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, overload

import torch
from torch import Tensor

from quorate.door import arguments
from quorate.environments.showing import Showing
from quorate.errors import ConfigError, QuorateError, RunError
from quorate.interfaces import Actor, Environment, EnvironmentSpec, Step
from quorate.run.loading import StoredRun
from quorate.seeding import generator


class TrainedPolicy:
    """What a run learned: ``policy.act({agent: observation})`` gives ``{agent: action}``.

    It remembers what its inputs need, such as histories: call `reset` where an episode begins. A copy, shallow or deep,
    is a policy of its own, which goes on from where this one is. A pickle is read where the run's folder is; what
    was seen is not in it, so that an episode begins.

    Args:
        environment: one of those that it learned in.
        make_actor: plays in a batch of environments.
        seed: of its samples.
        device: where it computes.
    """

    def __init__(
        self, environment: Environment, make_actor: Callable[[int], Actor], seed: int, device: torch.device
    ) -> None:
        self._showing, self._make_actor = Showing(environment), make_actor
        self._seed, self._device = seed, device
        self._actor: Actor | None = None
        self._batch, self._begins = 0, True
        self._randomness = generator(seed, "policy", device=device)

    def __copy__(self) -> "TrainedPolicy":
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "TrainedPolicy":
        copied = object.__new__(type(self))
        copied.__dict__ = copy.deepcopy(self.__dict__, memo)
        return copied

    def __getstate__(self) -> dict[str, Any]:
        # What acts may be of any algorithm's making, and is made again.
        return {**self.__dict__, "_actor": None, "_batch": 0, "_begins": True}

    def reset(self) -> None:
        """An episode begins: what was seen before is forgotten at the next `act`."""
        self._begins = True

    @overload
    def act(self, observations: Step) -> Tensor: ...

    @overload
    def act(
        self,
        observations: Mapping[Any, Any],
        infos: Mapping[Any, Any] | None = None,
        *,
        agents: Collection[Hashable] | None = None,
        state: Any = None,
    ) -> dict[Any, Any]: ...

    def act(
        self,
        observations: Mapping[Any, Any] | Step,
        infos: Mapping[Any, Any] | None = None,
        *,
        agents: Collection[Hashable] | None = None,
        state: Any = None,
    ) -> Any:
        """Choose actions.

        Args:
            observations: of each agent that is there, as `reset` and `step` give them, masks included, of the
                PettingZoo environment that it learned in or of `to_parallel`; or a step of a batch of ours.
            infos: likewise; action masks are found in them too.
            agents: who acts, such as ``env.agents``; None: all that have an observation.
            state: of the environment, for a policy that sees it; its ``env.state()``.

        Returns:
            An action of its own space for each agent that acts, which `to_parallel` takes too; of a batch, what
            `Environment.step` takes.

        Raises:
            QuorateError: an observation, mask or state is not as the environment declares it; the state is missing, or
                the infos of an environment that has its masks there.
        """
        if isinstance(observations, Step):
            return self._act(observations)
        seen = arguments.mapping("observations", observations)
        told = None if infos is None else arguments.mapping("infos", infos)
        acting = list(seen) if agents is None else arguments.words("agents", agents)
        step = self._showing.step(seen, told, acting, state, self._device)
        return self._showing.actions(self._act(step)[0], acting)

    def _act(self, step: Step) -> Tensor:
        batch = len(step.reward)
        if self._actor is None or batch != self._batch:
            self._actor, self._batch, self._begins = self._make_actor(batch), batch, True
        if self._begins:
            self._actor.reset(step)
        else:
            self._actor.observe(step)
        self._begins = False
        if step.state.isnan().any() and _needs_state(self._actor):
            fix = "Give it: policy.act(observations, infos, state=env.state())."
            raise QuorateError("This policy sees the state, which was not given.", fix=fix)
        return self._actor.act(self._randomness)


def _needs_state(actor: Actor) -> bool:
    """Whether a state that is not a number, or a value of it that chooses among candidates, is in what it acts by."""
    seen = getattr(actor, "inputs", None)
    return actor.candidates > 1 or (seen is not None and bool(seen.isnan().any()))


def check_playable(run: StoredRun, own: EnvironmentSpec, environment: Environment) -> None:
    """A policy chooses among the actions that it learned: the same number in another space means another action.

    Args:
        run: that learned it.
        own: of the environment that it learned in.
        environment: to play in.

    Raises:
        RunError: it has other sizes or actions.
        ConfigError: it is no environment of ours.
    """
    if not isinstance(environment, Environment):
        problem = f"This is a {type(environment).__name__}, no Environment."
        fix = "Give run.environment(), quorate.make(...), or quorate.environments.ParallelBatch of a PettingZoo one."
        raise ConfigError(problem, where="environment", fix=fix)
    run.check_environment(environment.spec)
    for agent, learned, given in zip(own.agents, own.action_spaces, environment.spec.action_spaces, strict=True):
        if learned != given:
            problem = f"This run's agent {agent} learned to act in {learned}; it does not fit {given}."
            fix = "Give an environment with the same actions."
            raise RunError(problem, where=str(run.folder), fix=fix)
