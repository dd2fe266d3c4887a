"""The figures of 2410.13953 and the numbers behind them, from a trained denoiser.

    subject = Subject.of(algorithm)
    report = fixed_points(subject)
    report.missing, report.spurious, report.max_deviation, report.shared_is_truth

Every computation is a function that returns a dataclass with a `summary` of its key numbers; pictures are drawn apart,
in `quorate_state_inference.paper_figures.drawing`. `open_run` loads a run's algorithm.
"""

from quorate_state_inference.paper_figures.consistency import FixedPoints, fixed_points
from quorate_state_inference.paper_figures.estimates import Estimates, estimates
from quorate_state_inference.paper_figures.field import VectorFields, vector_fields
from quorate_state_inference.paper_figures.frequencies import Frequencies, posterior_frequencies
from quorate_state_inference.paper_figures.loading import open_run
from quorate_state_inference.paper_figures.regression import Surrogate, surrogate_bound
from quorate_state_inference.paper_figures.response import Ranks, Responses, jacobian_rank, pool, sample_responses
from quorate_state_inference.paper_figures.sharing import Sharing, shared_fixed_points
from quorate_state_inference.paper_figures.subject import Effort, Subject
from quorate_state_inference.paper_figures.trajectories import Evolutions, evolutions

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
