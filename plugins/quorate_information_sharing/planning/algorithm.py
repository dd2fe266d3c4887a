"""The algorithm `common-information-planner`: plans once, in its first training step."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from torch import Tensor
from typing_extensions import override

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate.interfaces import Actor, Algorithm, RunContext
from quorate_information_sharing.planning.approximation import approximate_plan
from quorate_information_sharing.planning.backward import named
from quorate_information_sharing.planning.bounds import bound_structures
from quorate_information_sharing.planning.effort import TooLargeError, check_length
from quorate_information_sharing.planning.exact import exact_value, plannable
from quorate_information_sharing.planning.extraction import exact_policy
from quorate_information_sharing.planning.joint_policy import JointPolicy, evaluate
from quorate_information_sharing.planning.play import PlannedActor, check_playable
from quorate_information_sharing.planning.settings import PlannerSettings, Solution
from quorate_information_sharing.planning.solutions import (
    Task,
    independent_plan,
    largest_gap,
    opponents_bounds,
    solution_of,
)
from quorate_information_sharing.planning.source import game_of


class CommonInformationPlanner(Algorithm):
    """Plans a game of tables under an information structure, and plays what it planned.

    Of a team, the value is exact, or bounded where no backward induction is exact; of opponents it is what each
    ensures; of agents with interests of their own a correlated equilibrium is found, with what could be gained by
    leaving it.

    Attributes:
        policy: what was planned; of bounds, what certifies the lower one. None before.
    """

    def __init__(self, settings: PlannerSettings, context: RunContext) -> None:
        self._settings, self._context = settings, context
        self._game = game = game_of(context.environment)
        check_length(game.horizon)
        structure = information_structure(settings.structure, game.agents, "algorithm.structure")
        self._task = Task(game, structure, game.horizon, solution_of(game, settings.solution))
        self.policy: JointPolicy | None = None
        self._values: dict[str, float] = {}

    def train_step(self) -> Mapping[str, Tensor | float]:
        """Plan, if that is not done yet.

        Returns:
            What `measure` does.

        Raises:
            QuorateError: no planner fits the structure, or what it needs to keep does not fit in memory.
        """
        if not self._values:
            plan = self._team if self._task.solution is Solution.TEAM else self._apart
            self._values, self.policy = self._remembering() if self._settings.memory is not None else plan()
        return self.measure()

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        """What is known of the value of the structure, and the exact value of the policy, from the game itself.

        Returns:
            Nothing before it has planned; then ``value/policy``, of agents who are paid differently that of the first,
            and ``value/agent_0``, ... of each. Of teams and opponents ``value/lower`` and ``value/upper``; of all but
            teams ``gap``, what an agent could gain at most by deviating alone. With finite memory ``value/model``, what
            the model takes the policy's value for, ``error/reward`` and ``error/common``, its errors eps_r and eps_z,
            and ``error/bound``, how far its values are at most from the game's.
        """
        if self.policy is None:
            return dict(self._values)
        values = evaluate(self._game, self.policy, self._game.horizon)
        found = {**self._values, "value/policy": float(values[0])}
        if self._task.solution is not Solution.TEAM:
            found |= {f"value/agent_{agent}": float(value) for agent, value in enumerate(values)}
        return found

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        """See `Acting.actor`; actions are drawn as the policy has them, greedy or not.

        Raises:
            QuorateError: nothing is planned yet, no policy was found, or the environment shows other observations.
        """
        if self.policy is None:
            problem = "No policy was found." if self._values else "Nothing is planned yet."
            raise QuorateError(problem, where="algorithm", fix="Train it for one step; give bounds more `effort`.")
        with closing(build_environment(self._context.environment, 1, "cpu")) as environment:
            spec = environment.spec
        check_playable(self._game, spec.observation_sizes, spec.name)
        return PlannedActor(self.policy, self._game, batch, self._context.device)

    def state_dict(self) -> dict[str, Any]:
        """Values, and the policy's tables."""
        return {"values": dict(self._values), "policy": None if self.policy is None else self.policy.state_dict()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        policy = state["policy"]
        self._values, self.policy = dict(state["values"]), None if policy is None else JointPolicy.from_state(policy)

    @override
    def conventions(self) -> Mapping[str, Any]:
        return {
            "step": "all of planning, in the first one",
            "structure": self._task.structure.name,
            "solution": self._task.solution.value,
            "policy_sees": f"observations and actions as {self._task.structure.name} lets them through",
            "evaluation": "exact values, by planning and from the game itself; nothing is played",
            "evaluation_actions": "exact",
            "return_discount": 1,
        }

    @override
    def close(self) -> None:
        """There is nothing to release."""

    def _team(self) -> tuple[dict[str, float], JointPolicy | None]:
        """Exact where that is possible; else bounds."""
        game, structure, horizon, _ = self._task
        report, effort = named(self._context.report), self._settings.effort
        if plannable(game, structure):
            try:
                value = exact_value(game, structure, horizon, report("values"), effort)
                planned = exact_policy(game, structure, horizon, report("policy"), effort)
                return {"value/lower": value, "value/upper": value}, planned
            except TooLargeError as error:
                if not self._settings.bounds:
                    raise _with_bounds(error) from None
        found = bound_structures(game, [structure], horizon, effort, report)
        (bounds,) = found.bounds
        policy = found.certificate(game, structure, horizon, effort, report("policy"))
        return {"value/lower": bounds.lower.value, "value/upper": bounds.upper.value}, policy

    def _remembering(self) -> tuple[dict[str, float], JointPolicy | None]:
        """With finite memory."""
        report, memory = named(self._context.report)("finite memory"), self._settings.memory or 0
        found = approximate_plan(self._task, memory, self._settings.effort, report)
        values = {
            "value/model": float(found.plan.values[0]),
            "error/reward": float(found.reward_error.max()),
            "error/common": float(found.common_error.max()),
            "error/bound": found.bound,
        }
        if self._task.solution is Solution.TEAM:
            values["value/lower"], values["value/upper"] = float(found.values[0]), values["value/model"] + found.bound
        else:
            values["gap"] = largest_gap(found.gaps)
        if self._task.solution is Solution.ZERO_SUM:
            values["value/lower"], values["value/upper"] = opponents_bounds(found)
        return values, found.plan.policy

    def _apart(self) -> tuple[dict[str, float], JointPolicy | None]:
        """Of agents who are not paid alike."""
        found = independent_plan(self._task, self._settings.effort, named(self._context.report)("equilibria"))
        values = {"gap": largest_gap(found.gaps)}
        if self._task.solution is Solution.ZERO_SUM:
            values["value/lower"], values["value/upper"] = opponents_bounds(found)
        return values, found.policy


def _with_bounds(error: TooLargeError) -> TooLargeError:
    """Says how to ask for bounds."""
    fix = f"{error.fix or ''} Bounds are found with `algorithm.bounds=true`.".strip()
    return TooLargeError(error.problem, where=error.where, choices=error.choices, fix=fix)
