"""The configuration that is stored in a run's folder: data, which decide nothing of what is imported."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from quorate.config.compose import compose
from quorate.config.resolved import ResolvedRun
from quorate.errors import ConfigError, QuorateError, RegistryError, RunError
from quorate.folders.directory import RunDirectory
from quorate.registry import Registry
from quorate.registry.this_process import MANIFEST


class ManifestsNotGivenError(ConfigError):
    """A run's components are missing, and it was started with manifests that were not given now.

    Attributes:
        manifests: their paths, as the run says them.
    """

    manifests: Sequence[str] = ()

    @override
    def permission(self) -> tuple[str, Sequence[str]]:
        names = ", ".join(name if name.isprintable() else repr(name) for name in self.manifests)
        trusted = f"the manifest{'s' if len(self.manifests) > 1 else ''} {names}"
        return trusted, [word for name in self.manifests for word in ("--manifest", name)]


def stored_run(directory: RunDirectory, registry: Registry) -> ResolvedRun:
    """The configuration of a run, of the components that the registry has; errors as of `compose_file`."""
    return compose_file(directory.config, (), registry)


def compose_file(file: Path, overrides: Sequence[str], registry: Registry) -> ResolvedRun:
    """As `compose`, of any file, also one that lies in a run's folder.

    Raises:
        ManifestsNotGivenError: the file is a run's and names other components, and the run was started with manifests
            that were not given now. They are not looked at: a run may be anybody's.
        QuorateError: as of `compose`.
    """
    try:
        return compose(file, overrides, registry)
    except QuorateError as error:
        directory = RunDirectory(file.parent)
        of_run = file.name == directory.config.name and isinstance(error.__cause__, RegistryError)
        missing = _not_given(directory, registry) if of_run else []
        if of_run and (names := directory.registered):
            error.problem += f" The process that started this run had registered {', '.join(names)} itself."
            error.fix = f"Register it again, before. To use it from other processes: {MANIFEST}"
        if not missing:
            raise
        raise _told_with(error, missing) from error


def _not_given(directory: RunDirectory, registry: Registry) -> list[str]:
    given = {Path(name).resolve() for name in registry.origin["manifests"]}
    with suppress(RunError):
        return [name for name in directory.manifests if "\0" not in name and Path(name).resolve() not in given]
    return []


def _told_with(error: QuorateError, missing: list[str]) -> "ManifestsNotGivenError":
    told = ManifestsNotGivenError(error.problem, where=error.where)
    told.manifests = missing
    trusted, options = told.permission()
    told.problem += f" This run was started with {trusted}; no file of a run makes Quorate read one."
    told.fix = f"If you trust {trusted}, add {shlex.join(options)}."
    return told
