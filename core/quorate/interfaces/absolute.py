"""The absolute metric: the best policy seen while learning, measured once more with many episodes."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class AbsoluteEvaluation(Protocol):
    """An algorithm that can set aside what it acts by, and measure that later.

    Evaluations while learning pick the best policy, so what they say of it is too good. The absolute metric is free
    of that: other episodes, and more of them (Colas et al., 2018, arXiv:1802.05054; Gorsane et al., 2022,
    arXiv:2209.10485).
    """

    def acting_state(self) -> dict[str, Any]:
        """What `evaluate` depends on at present: a copy, as small as can be, of tensors and plain data.

        Raises:
            QuorateError: with these settings there is nothing that could be measured once more.
        """
        ...

    def evaluate_absolute(self, state: Mapping[str, Any], factor: int) -> Mapping[str, float]:
        """Measure with `factor` times the episodes of `evaluate`, which are others than those.

        It must change neither later training steps nor later evaluations.

        Args:
            state: what `acting_state` returned, in this process or before a stop.
            factor: at least 1.

        Returns:
            Metrics under the names that `evaluate` gives them.
        """
        ...
