"""What training metrics say of values that are not finite."""

import math
from collections.abc import Mapping

COUNT = "nonfinite/"
"""Begins the names of metrics that are above 0 once a tensor has held a value that is not finite."""

_WATCHED = ("loss", "gradient_norm")

_RETURNED = ("observation", "state", "reward", "final_observation", "final_state")
"""Tensors that come from the environment; where actions are watched too, they were finite."""


def first_bad(values: Mapping[str, float]) -> str | None:
    """Names the first tensor that was not finite, in the order in which the algorithm checked; None where all were.

    Args:
        values: training metrics. A count above 0 under ``nonfinite/<tensor>`` comes first, since what it counts
            causes the rest; then losses and gradient norms. Other metrics may be infinite.
    """
    for name, value in values.items():
        if name.startswith(COUNT) and not value <= 0:
            return f"The tensor '{name.removeprefix(COUNT)}' is not finite"
    for name, value in values.items():
        if any(word in name for word in _WATCHED) and not name.startswith(COUNT) and not math.isfinite(value):
            return f"The training metric '{name}' is {value}"
    return None


def remedy(problem: str) -> str:
    """What to do about what `first_bad` says."""
    if any(f"'{name}'" in problem for name in _RETURNED):
        return "Repair the environment, which returned this, or leave out what makes it; then begin a new run."
    return "Lower the learning rate, or clip the gradients more, in a new run."


def without_counts(values: Mapping[str, float]) -> dict[str, float]:
    """The metrics to record: counts that are all 0 say nothing."""
    return {name: value for name, value in values.items() if not name.startswith(COUNT)}
