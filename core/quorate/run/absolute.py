"""The absolute metric of a run: which policy was the best, and what it does in many other episodes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quorate.config.resolved import ResolvedRun
from quorate.config.schema import Evaluation, Goal
from quorate.errors import RunError
from quorate.interfaces import AbsoluteEvaluation, Algorithm
from quorate.nearest import nearest


@dataclass
class BestPolicy:
    """The best policy seen at an evaluation point; the first of several that are equally good.

    Attributes:
        settings: how "best" is chosen.
        algorithm: what sets its policy aside.
        where: the place of ``evaluation.metric`` in the configuration, for errors.
        step: training steps that the best policy had made; None: nothing was evaluated yet.
        value: of the metric.
        state: what the algorithm needs to act by that policy again.
    """

    settings: Evaluation
    algorithm: AbsoluteEvaluation
    where: str
    step: int | None = None
    value: float = math.nan
    state: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, run: ResolvedRun, algorithm: Algorithm) -> "BestPolicy | None":
        """For a run; None where the absolute metric is not asked for.

        Raises:
            RunError: the algorithm can not set a policy aside.
        """
        settings = run.settings.evaluation
        if not settings.absolute:
            return None
        if not isinstance(algorithm, AbsoluteEvaluation):
            problem = f"The algorithm {run.settings.algorithm.name!r} offers no absolute metric."
            fix = "Set evaluation.absolute to 0, or choose an algorithm that implements AbsoluteEvaluation."
            raise RunError(problem, where=run.where("evaluation", "absolute"), fix=fix)
        algorithm.acting_state()  # so that settings with which it can not are told before hours of training
        return cls(settings, algorithm, run.where("evaluation", "metric"))

    def consider(self, step: int, values: Mapping[str, float]) -> None:
        """Set the present policy aside if no earlier one was as good.

        Raises:
            RunError: the evaluation has no metric of that name.
        """
        name = self.settings.metric
        if name not in values:
            close = nearest(name, list(values))
            fix = "Choose one of these with evaluation.metric."
            problem = f"The evaluation has no metric {name!r} to choose the best policy by."
            raise RunError(problem, where=self.where, choices=close or list(values), fix=fix)
        if self.step is None or self._better(values[name]):
            self.step, self.value, self.state = step, values[name], self.algorithm.acting_state()

    def evaluate(self) -> dict[str, float]:
        """The absolute metrics: of the best policy, in other episodes and more of them."""
        assert self.state is not None
        values = self.algorithm.evaluate_absolute(self.state, self.settings.absolute)
        return {name: float(value) for name, value in values.items()}

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"step": self.step, "value": self.value, "state": self.state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned.

        Raises:
            RunError: it is something else.
        """
        nothing = type(None)
        kinds: dict[str, tuple[type, ...]] = {"step": (int, nothing), "value": (float,), "state": (dict, nothing)}
        if wrong := [key for key, kind in kinds.items() if not isinstance(state.get(key, ...), kind)]:
            problem = f"The checkpoint is damaged: of its best policy, {wrong[0]!r} is missing or of another type."
            raise RunError(problem, where=self.where, fix="Use another checkpoint of the run, or run it again.")
        self.step, self.value, self.state = state["step"], state["value"], state["state"]

    def _better(self, value: float) -> bool:
        if math.isnan(value) or math.isnan(self.value):
            return math.isnan(self.value) and not math.isnan(value)
        return value > self.value if self.settings.goal is Goal.MAXIMISE else value < self.value
