"""Other runs that a run builds on: a denoiser that was trained before, a behaviour that was learned before."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import torch

from quorate.environments import build_environment
from quorate.errors import RunError
from quorate.interfaces import Acting, Denoiser, Environment, EnvironmentSpec, HistoryLayout, SavedRun
from quorate.learning.initialisation import seeded_initialisation
from quorate_state_inference.regressor import build_denoiser
from quorate_state_inference.settings import StateInferenceSettings


def read_denoiser(run: SavedRun, spec: EnvironmentSpec, device: torch.device) -> tuple[Denoiser, HistoryLayout]:
    """The denoiser of a run of state-inference, not to be trained, and the layout of the histories that it reads.

    Args:
        run: that has learned it.
        spec: of the environment that it is used in; its sizes must be those of the run's own.
        device: where to put it.

    Raises:
        RunError: it is another algorithm's run, or its environment has other sizes.
    """
    settings = run.algorithm.settings
    if not isinstance(settings, StateInferenceSettings):
        raise RunError(
            f"This is a run of {run.algorithm.name}; a denoiser comes from a run of state-inference.",
            where=str(run.folder),
            fix="Give the folder of a run whose configuration has `algorithm: {name: state-inference}`.",
        )
    run.check_environment(spec)
    layout = HistoryLayout.of(spec, settings.history_length, actions=settings.history_actions)
    with closing(build_environment(run.environment, 1, device)) as environment, seeded_initialisation(0):
        denoiser = build_denoiser(settings, environment, layout)  # what is drawn here is overwritten
    denoiser.load_state_dict(run.state["denoiser"])
    return denoiser.to(device).requires_grad_(False).eval(), layout


@contextmanager
def opened_behaviour(run: SavedRun, environment: Environment, device: torch.device) -> Iterator[Acting]:
    """The algorithm of a run, to act in an environment as it has learned.

    Args:
        run: that has learned it.
        environment: where it acts; its sizes must be those of the run's own.
        device: where to compute.

    Raises:
        RunError: the environments differ, or the algorithm learns no behaviour.
    """
    run.check_environment(environment.spec)
    with run.opened(device) as algorithm:
        if not isinstance(algorithm, Acting):
            raise RunError(
                f"This is a run of {run.algorithm.name}, which learns no behaviour.",
                where=str(run.folder),
                fix="Give the folder of a run that learned to act, such as one of mappo.",
            )
        yield algorithm
