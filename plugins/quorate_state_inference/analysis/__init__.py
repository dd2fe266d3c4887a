"""The figures of 2410.13953 and the numbers behind them, from a trained denoiser.

    subject = Subject.of(algorithm)
    report = fixed_points(subject)
    report.missing, report.spurious, report.max_deviation, report.shared_is_truth

Every computation is a function that returns a dataclass with a `summary` of its key numbers; pictures are drawn apart,
in `quorate_state_inference.analysis.drawing`. `open_run` loads a run's algorithm.
"""

from quorate_state_inference.analysis.consistency import FixedPoints, fixed_points
from quorate_state_inference.analysis.estimates import Estimates, estimates
from quorate_state_inference.analysis.field import VectorFields, vector_fields
from quorate_state_inference.analysis.frequencies import Frequencies, posterior_frequencies
from quorate_state_inference.analysis.loading import open_run
from quorate_state_inference.analysis.regression import Surrogate, surrogate_bound
from quorate_state_inference.analysis.response import Ranks, Responses, jacobian_rank, pool, sample_responses
from quorate_state_inference.analysis.sharing import Sharing, shared_fixed_points
from quorate_state_inference.analysis.subject import Effort, Subject
from quorate_state_inference.analysis.trajectories import Evolutions, evolutions

__all__ = [
    "Effort",
    "Estimates",
    "Evolutions",
    "FixedPoints",
    "Frequencies",
    "Ranks",
    "Responses",
    "Sharing",
    "Subject",
    "Surrogate",
    "VectorFields",
    "estimates",
    "evolutions",
    "fixed_points",
    "jacobian_rank",
    "open_run",
    "pool",
    "posterior_frequencies",
    "sample_responses",
    "shared_fixed_points",
    "surrogate_bound",
    "vector_fields",
]
