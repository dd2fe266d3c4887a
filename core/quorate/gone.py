"""Names of version 0.1 that are no more: importing one says what to write now, as docs/changes.md does."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from quorate.errors import RegistryError

_EVALUATION = (
    "actor(batch, seed, greedy=None), with TrackedActor and Play of quorate.learning.acting, and no setting "
    "`evaluation`: the run evaluates, by its own section `evaluation`"
)

_NETWORK = (
    "quorate.learning.settings.network (as in `network: Component = network(hidden=[64])`) for a setting, and "
    "build_network(settings.network, NetworkSpec(members, inputs, outputs)) of quorate.learning.networks for what it is"
)

NOW = {
    "quorate.cli.output": "quorate.output",
    "quorate.compare": "quorate.interfaces.launcher for launchers (ending_of(event) is Ending.of(event), death is "
    "there, the module of a task's process is TASK_MODULE); quorate.compare(file) to compare",
    "quorate.environments.isolated.channel": "quorate.processes.channel",
    "quorate.interfaces.AbsoluteEvaluation": "acting_state() and load_acting_state(state) of Algorithm",
    "quorate.interfaces.Ended": "quorate.interfaces.Status (Ended.BUSY is Status.RUNNING)",
    "quorate.interfaces.absolute": "acting_state() and load_acting_state(state) of Algorithm",
    "quorate.interfaces.launcher.Ended": "quorate.interfaces.Status (Ended.BUSY is Status.RUNNING)",
    "quorate.interfaces.policy_input.Acting": "quorate.interfaces.Acting",
    "quorate.interfaces.policy_input.Actor": "quorate.interfaces.Actor",
    "quorate.interfaces.posterior.Renderable": "quorate.interfaces.Renderable",
    "quorate.learning.evaluation": _EVALUATION,
    "quorate.learning.settings.Episodes": _EVALUATION,
    "quorate.learning.settings.EvaluationMode": _EVALUATION,
    "quorate.learning.settings.Network": _NETWORK,
    "quorate.learning.stacks.StackedMLP": _NETWORK,
    "quorate.references": "quorate.studies.references",
    "quorate.report": "quorate.studies.report",
    "quorate.run.ambient": "quorate.global_generators",
    "quorate.run.codec": "quorate.codec",
    "quorate.run.open_run": "quorate.run.read_run (or quorate.load)",
    "quorate.run.present": "context.saved_run(run), of the RunContext or InputContext that the component is given",
    **{
        f"quorate.run.{name}": f"quorate.folders.{name}"
        for name in ("directory", "files", "lock", "reading", "reference", "steps")
    },
}
"""What to write, by the dotted name of a module, class or function that is no more."""


class GoneError(RegistryError, ImportError):
    """An import of something that has another name since version 0.2."""


class GoneAttributeError(RegistryError, AttributeError):
    """Likewise an attribute of a module, which ``hasattr`` finds missing."""


def refuse_gone(name: str, error: type[RegistryError] = GoneError) -> None:
    """Tell what to write now, where a dotted name is one of version 0.1.

    Raises:
        RegistryError: it is; of the class `error`.
    """
    if name in NOW:
        problem = f"{name!r} is gone since version 0.2 of quorate."
        raise error(problem, where=_importer(), fix=f"Write {NOW[name]}.")


def gone_from(module: str) -> Callable[[str], NoReturn]:
    """The ``__getattr__`` of a module that some names have left."""
    # `from module import name` asks the finders for what a module lacks, if the module may have others below it.
    vars(sys.modules[module]).setdefault("__path__", [])

    def get(name: str) -> NoReturn:
        refuse_gone(f"{module}.{name}", GoneAttributeError)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get


def _importer() -> str | None:
    """The line that imports, which is neither ours nor of Python's own import system."""
    own, frame = str(Path(__file__).parent), sys._getframe(1)
    while frame and frame.f_code.co_filename.startswith((own, "<frozen ")):
        frame = frame.f_back  # type: ignore[assignment]
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}" if frame else None
