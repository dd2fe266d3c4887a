"""Other runs that a run builds on: a denoiser that was trained before, a behaviour that was learned before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from quorate.config.resolved import ResolvedRun
from quorate.environments import build_environment
from quorate.errors import RunError
from quorate.interfaces import Acting, Algorithm, Denoiser, Environment, EnvironmentSpec, HistoryLayout
from quorate.learning.initialisation import seeded_initialisation
from quorate.run.ambient import ambient_state, restore_ambient
from quorate.run.checkpoint import load_state
from quorate.run.directory import RunDirectory
from quorate.run.identity import check_identity
from quorate.run.loading import built_algorithm, load_algorithm
from quorate.run.present import present_registry
from quorate.run.progress import Display, make_display
from quorate.run.reference import chosen_step
from quorate.run.stored import stored_run
from quorate.settings import RunReference
from quorate_state_inference.settings import StateInferenceSettings


def read_run(run: RunReference | Path | str) -> tuple[ResolvedRun, dict[str, Any]]:
    """The configuration and the checkpoint of a run; nothing is built.

    Its components are found as those of the run in progress: with the same plugins, interpreters and allowed imports.

    Args:
        run: which; what a reference leaves open is the newest.

    Raises:
        RunError: there is no run, or no such checkpoint in it, or its configuration was changed since.
        ConfigError: its configuration does not fit the components that are installed now.
    """
    reference = RunReference.of(run)
    directory = RunDirectory.open(reference.folder)
    stored = stored_run(directory, present_registry())
    state = load_state(directory.checkpoints, chosen_step(directory, reference.step))
    check_identity(directory, state)
    return stored, state


def read_denoiser(
    reference: RunReference, spec: EnvironmentSpec, device: torch.device
) -> tuple[Denoiser, HistoryLayout]:
    """The denoiser of a run of state-inference, not to be trained, and the layout of the histories that it reads.

    Args:
        reference: to the run.
        spec: of the environment that it is used in; its sizes must be those of the run's own.
        device: where to put it.

    Raises:
        RunError: as `read_run`; also where it is another algorithm's run, or its environment has other sizes.
    """
    run, state = read_run(reference)
    settings = run.settings.algorithm.settings
    if not isinstance(settings, StateInferenceSettings):
        raise RunError(
            f"This is a run of {run.settings.algorithm.name}; a denoiser comes from a run of state-inference.",
            where=str(reference.folder),
            fix="Give the folder of a run whose configuration has `algorithm: {name: state-inference}`.",
        )
    environment = build_environment(run.settings.environment, 1, device)
    try:
        _check_sizes(environment.spec, spec, reference.folder)
        layout = HistoryLayout.of(spec, settings.history_length)
        with seeded_initialisation(0):  # what is drawn here is overwritten
            denoiser: Denoiser = settings.denoiser.build(environment, layout)
    finally:
        environment.close()
    denoiser.load_state_dict(state["algorithm"]["denoiser"])
    return denoiser.to(device).requires_grad_(False).eval(), layout


@contextmanager
def opened_behaviour(reference: RunReference, environment: Environment, device: torch.device) -> Iterator[Acting]:
    """The algorithm of a run, to act in an environment as it has learned.

    Args:
        reference: to the run.
        environment: where it acts; its sizes must be those of the run's own.
        device: where to compute.

    Raises:
        RunError: as `read_run`; also where the environments differ, or the algorithm learns no behaviour.
    """
    run, state = read_run(reference)
    own = build_environment(run.settings.environment, 1, device)
    try:
        _check_sizes(own.spec, environment.spec, reference.folder)
    finally:
        own.close()
    with _algorithm(run, state, device) as algorithm:
        if not isinstance(algorithm, Acting):
            raise RunError(
                f"This is a run of {run.settings.algorithm.name}, which learns no behaviour.",
                where=str(reference.folder),
                fix="Give the folder of a run that learned to act, such as one of mappo.",
            )
        yield algorithm


@contextmanager
def _algorithm(run: ResolvedRun, state: dict[str, Any], device: torch.device) -> Iterator[Algorithm]:
    """A run's algorithm as its checkpoint left it; the global generators are left as they were."""
    ambient = ambient_state()
    display: Display = make_display(True)
    with built_algorithm(run, device, display) as algorithm:
        load_algorithm(algorithm, run, state)
        restore_ambient(ambient)
        yield algorithm


def _check_sizes(theirs: EnvironmentSpec, ours: EnvironmentSpec, path: Path) -> None:
    def sizes(spec: EnvironmentSpec) -> tuple[object, ...]:
        return spec.agent_count, spec.observation_sizes, spec.state_size

    if sizes(theirs) != sizes(ours):
        words = [
            f"{spec.name} ({spec.agent_count} agents, {spec.observation_size} observation features, "
            f"{spec.state_size} state features)"
            for spec in (theirs, ours)
        ]
        problem = f"This run's environment is {words[0]}; it does not fit {words[1]}."
        raise RunError(problem, where=str(path), fix="Give a run in this environment, or in one of the same sizes.")
