"""The exact posterior of an environment, for whatever needs one."""

from quorate.errors import QuorateError
from quorate.interfaces import Enumerable, Environment, ExactPosterior, HistoryLayout


def exact_posterior(environment: Environment, layout: HistoryLayout) -> ExactPosterior:
    """The environment's oracle for histories of a layout.

    Raises:
        QuorateError: it offers none, or its states are too many.
    """
    if not isinstance(environment, Enumerable):
        raise QuorateError(
            f"The environment {environment.spec.name} offers no exact posterior.",
            where="environment",
            fix="Choose an environment tagged `posterior: true` (see `quorate show`), or do without: "
            "the denoiser `mlp`, `posterior_histories: 0`, the input `estimate`.",
        )
    return environment.posterior(layout)
