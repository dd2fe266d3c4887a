"""The algorithm `common-information-planner`: plans once, in its first training step."""

import json
from collections.abc import Mapping
from typing import Any

from torch import Tensor
from typing_extensions import override

from quorate.information import information_structure
from quorate.interfaces import Algorithm, RunContext
from quorate_information_sharing.planning.backward import named
from quorate_information_sharing.planning.bounds import bound_structures
from quorate_information_sharing.planning.policy import evaluate, from_data
from quorate_information_sharing.planning.settings import PlannerSettings
from quorate_information_sharing.planning.source import game_of


class CommonInformationPlanner(Algorithm):
    """Bounds what a team can get under an information structure; exact where both bounds meet.

    Attributes:
        policy: the best one without sharing that was found, as plain data.
    """

    def __init__(self, settings: PlannerSettings, context: RunContext) -> None:
        self._settings, self._report = settings, context.report
        self._game = game_of(context.environment)
        self._structure = information_structure(settings.structure, self._game.agents, "algorithm.structure")
        self.policy: list[dict[str, Any]] = []
        self._values: dict[str, float] = {}

    def train_step(self) -> Mapping[str, Tensor | float]:
        """Plan, if that is not done yet.

        Returns:
            What `measure` does.
        """
        if not self._values:
            horizon, effort = self._game.horizon, self._settings.effort
            found = bound_structures(self._game, [self._structure], horizon, effort, named(self._report))
            (bounds,) = found.bounds
            self.policy = [step.as_data() for step in found.policy]
            self._values = {"value/lower": bounds.lower.value, "value/upper": bounds.upper.value}
        return self.measure()

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        """What is known of the value of the structure, and the exact value of the policy that shares nothing.

        Returns:
            ``value/lower`` and ``value/upper``, once planned; ``value/unshared``.
        """
        steps = [from_data(step) for step in self.policy]
        unshared = {"value/unshared": float(evaluate(self._game, steps)[0][0])} if steps or not self._values else {}
        return {**self._values, **unshared}

    def state_dict(self) -> dict[str, Any]:
        """Bounds and the policy."""
        return {"values": dict(self._values), "policy": json.dumps(self.policy)}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._values, self.policy = dict(state["values"]), json.loads(state["policy"])

    @override
    def conventions(self) -> Mapping[str, Any]:
        return {
            "step": "all of planning, in the first one",
            "structure": self._structure.name,
            "evaluation": "bounds by exact planning and exact evaluation; nothing is played",
            "evaluation_actions": "exact",
            "return_discount": 1,
        }

    @override
    def close(self) -> None:
        """There is nothing to release."""
