"""The absolute metric of a run: which policy was the best, and what it does in many other episodes."""

import copy
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from quorate.config.resolved import ResolvedRun
from quorate.config.schema import Evaluation, Goal
from quorate.errors import RunError
from quorate.interfaces import Algorithm
from quorate.nearest import nearest
from quorate.run.evaluation import Evaluator
from quorate.run.outdated import refuse_half_a_state


@dataclass
class BestPolicy:
    """The best policy seen at an evaluation point; the first of several that are equally good.

    Attributes:
        where: the place of ``evaluation.metric`` in the configuration, for errors.
        step: training steps that the best policy had made; None: nothing was evaluated yet.
        value: of the metric.
        state: what the algorithm needs to act by that policy again.
    """

    settings: Evaluation
    algorithm: Algorithm
    where: str
    step: int | None = None
    value: float = math.nan
    state: dict[str, Any] | None = None

    @classmethod
    def of(cls, run: ResolvedRun, algorithm: Algorithm) -> "BestPolicy | None":
        """For a run; None where the absolute metric is not asked for.

        Raises:
            QuorateError: with its settings the algorithm can not be measured once more.
        """
        settings = run.settings.evaluation
        if not settings.absolute:
            return None
        algorithm.acting_state()  # so that settings with which it can not are told before hours of training
        refuse_half_a_state(algorithm)
        return cls(settings, algorithm, run.where("evaluation", "metric"))

    def check(self, metrics: Collection[str]) -> None:
        """Refuse a metric that evaluations do not have.

        Raises:
            RunError: it is none of these.
        """
        name = self.settings.metric
        if name not in metrics:
            close = nearest(name, list(metrics))
            fix = "Choose one of these with evaluation.metric."
            problem = f"The evaluation has no metric {name!r} to choose the best policy by."
            raise RunError(problem, where=self.where, choices=close or list(metrics), fix=fix)

    def consider(self, step: int, values: Mapping[str, float]) -> None:
        """Set the present policy aside if no earlier one was as good.

        Raises:
            RunError: as of `check`.
        """
        self.check(values)
        name = self.settings.metric
        if self.step is None or self._better(values[name]):
            self.step, self.value, self.state = step, values[name], copy.deepcopy(self.algorithm.acting_state())

    def evaluate(self, evaluator: Evaluator) -> dict[str, float]:
        """The absolute metrics: of the best policy, in other episodes and more of them; the algorithm is left with it.

        Evaluations while learning pick the best policy, so what they say of it is too good; this is free of that (Colas
        et al., 2018, arXiv:1802.05054; Gorsane et al., 2022, arXiv:2209.10485).
        """
        assert self.state is not None
        self.algorithm.load_acting_state(self.state)
        return {name: float(value) for name, value in evaluator(self.settings.absolute).items()}

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
