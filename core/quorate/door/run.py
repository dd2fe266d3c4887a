"""A run from Python: what it measured, and what it learned."""

from contextlib import ExitStack, closing
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.commands import command_line
from quorate.door import arguments, session
from quorate.errors import RunError
from quorate.folders.content import RunContent
from quorate.folders.directory import RunDirectory
from quorate.folders.reference import chosen_step
from quorate.run.stored import stored_run
from quorate.settings import RunReference

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from quorate.config.resolved import ResolvedRun
    from quorate.door.policy import TrainedPolicy
    from quorate.interfaces import Acting, Actor, Algorithm, Environment, EnvironmentSpec, Estimate
    from quorate.run.loading import StoredRun

PHASES = ("train", "evaluation", "absolute")
"""Of the rows that a run writes."""


def load(
    run: "Run | str | Path",
    step: int | None = None,
    best: bool | None = None,
    *,
    device: str | None = None,
    progress: bool | None = None,
) -> "Run":
    """Open a run, to look at what it measured and to use what it learned. Nothing is built before it is used.

    Args:
        run: its folder, or one with runs in it, of which the newest is taken.
        step: of the checkpoint; None: the newest.
        best: take the best policy of the evaluations, which a run with ``evaluation.absolute`` keeps; None: where it
            was kept and no step is given; false: the policy of the checkpoint itself.
        device: where to compute, such as ``cpu`` or ``auto``; None: as its configuration says.
        progress: as for `train`.

    Raises:
        RunError: there is no run, or no such checkpoint.
        ConfigError: `step` is no number, or `best` no truth value.
    """
    best = arguments.truth("best", best)
    directory = RunDirectory.open(session.path_of(run))
    if step is not None:
        step = chosen_step(directory, arguments.whole("step", step))
    return Run(directory, step, best, device, progress)


class Run:
    """A run's folder, and what was learned in it: a context manager, closed by `close`.

    What acts or infers is built when it is first asked for, with the parameters of one checkpoint.

    Attributes:
        path: its folder.
    """

    def __init__(
        self,
        directory: RunDirectory,
        step: int | None,
        best: bool | None,
        device: str | None,
        progress: bool | None,
    ) -> None:
        self.path = directory.path
        self._directory, self._chosen, self._best = directory, step, best
        self._device, self._progress = device, progress
        self._open = ExitStack()

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def step(self) -> int:
        """Training steps that the checkpoint had made.

        Raises:
            RunError: there is no checkpoint.
        """
        return chosen_step(self._directory, self._chosen)

    @cached_property
    def resolved(self) -> "ResolvedRun":
        """The configuration.

        Raises:
            ConfigError: it does not fit the components that are there now.
        """
        return stored_run(self._directory, session.registry())

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as plain data."""
        return self.resolved.to_dict()

    @property
    def result(self) -> dict[str, Any] | None:
        """``step``, the final ``evaluation``, the ``absolute`` metric and ``cost``; None before it is finished."""
        return RunContent(self._directory.path, strict=True).result

    def metrics(self, phase: str | None = None) -> dict[str, list[Any]]:
        """What was recorded, as columns: ``step``, ``phase``, then one for each metric, with None where it has none.

        ``pandas.DataFrame(run.metrics())`` and ``polars.DataFrame(run.metrics())`` take them as they are.

        Args:
            phase: ``train``, ``evaluation`` or ``absolute`` alone.

        Raises:
            RunError: they can not be read.
            ConfigError: there is no such phase.
        """
        arguments.one_of("phase", phase, (None, *PHASES))
        rows = [row for row in RunContent(self._directory.path, strict=True).rows if phase in (None, row["phase"])]
        names = dict.fromkeys(name for row in rows for name in row["metrics"])
        columns = {key: [row[key] for row in rows] for key in ("step", "phase")}
        return columns | {name: [row["metrics"].get(name) for row in rows] for name in names}

    def environment(self, batch: int = 1, device: str = "cpu", *, workers: int = 0) -> "Environment":
        """A new batch of the environment that it learned in.

        Raises:
            QuorateError: there is no such device here, or a number is impossible.
        """
        from quorate.environments import build_environment
        from quorate.run.device import prepare_device

        component, where = self.resolved.settings.environment, prepare_device(str(device))
        return build_environment(component, batch, where, workers=workers)

    def policy(self, greedy: bool | None = None, seed: int = 0) -> "TrainedPolicy":
        """What it learned, to act on observations.

        Args:
            greedy: take the best action, or (false) sample; None: as it is evaluated.
            seed: of the samples, and of what its inputs draw.

        Raises:
            RunError: there is no checkpoint, or it learned no behaviour.
        """
        from quorate.door.policy import TrainedPolicy

        seed = arguments.whole("seed", seed)
        make_actor = partial(self._own_actor, seed=seed, greedy=self._greedy(greedy))
        _ = self._acting  # so that what it lacks is told now
        with closing(self.environment()) as environment:
            return TrainedPolicy(environment, make_actor, seed, self.device)

    def actor(self, environment: "Environment", greedy: bool | None = None, seed: int = 0) -> "Actor":
        """What it learned, to play in an environment of ours.

        Args:
            environment: of the sizes of its own; it acts on the device of the run.
            greedy: as for `policy`.
            seed: of what its inputs draw.

        Raises:
            RunError: as of `policy`; also where the environment has other sizes or actions.
            ConfigError: it is no environment of ours.
        """
        from quorate.door.policy import check_playable

        seed = arguments.whole("seed", seed)
        greedy = self._greedy(greedy)
        check_playable(self.saved, self.spec, environment)
        return self._acting.actor(environment.batch, seed, greedy)

    def infer(self, histories: "Tensor", scheme: str = "composite", seed: int = 0, **settings: Any) -> "Estimate":
        """Infer states from histories, in a run that learned to do so.

        Args:
            histories: float32 [B, n, h], as `HistoryLayout` has them; or the observations of T steps, [B, T, n, o],
                oldest first, of which the last ones count.
            scheme: an inference scheme.
            seed: of the initial noises.
            settings: of the scheme.

        Returns:
            Estimates of the states [B, e, s], with what the scheme tells of them.

        Raises:
            RunError: it is of another algorithm, or has no checkpoint.
            QuorateError: there is no such scheme, or it does not fit the denoiser or the histories.
        """
        from quorate.door.inferring import infer
        from quorate.interfaces import Inferring

        if not isinstance(self.algorithm, Inferring):
            raise self._unable("infers no states", "one of state-inference")
        return infer(self.algorithm, histories, scheme, seed, settings, self.device)

    @cached_property
    def algorithm(self) -> "Algorithm":
        """The algorithm with the parameters of the checkpoint, or of the best policy.

        Raises:
            RunError: there is no checkpoint, no best policy where it is asked for, or the run was changed.
        """
        best = self._best_taken
        algorithm = self._open.enter_context(self.saved.opened(self.device))
        if best is not None:
            algorithm.load_acting_state(best["state"])
        return algorithm

    @property
    def policy_step(self) -> int:
        """Training steps that its policy had made: where the best one is taken, fewer than the checkpoint, or as many.

        Raises:
            RunError: as of `algorithm`.
        """
        return int((self._best_taken or {"step": self.step})["step"])

    @property
    def _best_taken(self) -> dict[str, Any] | None:
        wanted = self._chosen is None if self._best is None else self._best
        if self._best and self.saved.best is None:
            fix = "Load it without best=True; or run again with evaluation.absolute, which keeps it."
            raise RunError("The best policy of this run was not kept.", where=str(self.path), fix=fix)
        return self.saved.best if wanted else None

    @cached_property
    def saved(self) -> "StoredRun":
        """What another run could build on: the components and the checkpoint; nothing is built.

        Raises:
            RunError: there is no checkpoint, or the run was changed since.
        """
        from quorate.run.loading import read_run

        return read_run(session.registry(), RunReference(self.path, self.step), session.display(self._progress))

    @cached_property
    def device(self) -> "torch.device":
        """Where it computes.

        Raises:
            RunError: there is no such device here.
        """
        from quorate.run.device import prepare_device

        return self.saved.device if self._device is None else prepare_device(str(self._device))

    @cached_property
    def spec(self) -> "EnvironmentSpec":
        """Of its environment."""
        with closing(self.environment()) as environment:
            return environment.spec

    def close(self) -> None:
        """Release what was built; it is built again when it is asked for."""
        self._open.close()
        self.__dict__.pop("algorithm", None)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _own_actor(self, batch: int, seed: int, greedy: bool | None) -> "Actor":
        return self._acting.actor(batch, seed, greedy)

    @property
    def _acting(self) -> "Acting":
        from quorate.interfaces import Acting

        if not isinstance(self.algorithm, Acting):
            raise self._unable("learned no behaviour and does not play", "one of mappo")
        return self.algorithm

    def _greedy(self, wished: bool | None) -> bool | None:
        """How to act: as wished, else as the run is evaluated."""
        return self.saved.greedy if (given := arguments.truth("greedy", wished)) is None else given

    def __reduce__(self) -> tuple[Any, ...]:
        # What is built stays behind, and is built again where it is asked for.
        return type(self), (self._directory, self._chosen, self._best, self._device, self._progress)

    def _unable(self, does_not: str, other: str) -> RunError:
        from quorate.interfaces import Inferring

        name = self.resolved.settings.algorithm.name
        fix = f"Load the folder of another run, such as {other}."
        if isinstance(self.algorithm, Inferring):
            fix += f" What this one infers is shown by {command_line('analyse', self.path)}."
        return RunError(f"This is a run of {name}, which {does_not}.", where=str(self.path), fix=fix)
