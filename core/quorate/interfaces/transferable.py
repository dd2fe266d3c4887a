"""An algorithm that can begin with what another run has learned."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Transferable(Protocol):
    """An algorithm that says which parts of its state are weights: `quorate run FILE --from RUN` takes these.

    All else begins anew: optimisers, memories, environments, generators, counters.
    """

    def weights(self) -> Sequence[tuple[str, ...]]:
        """Where in `Algorithm.state_dict` the networks are that it acts and learns by: the keys to each, outer first.

        They must fit, in names and shapes, what lies there in the other run, whose algorithm may be another.
        """
        ...
