"""The runs of a folder, cell by cell: a comparison's, or any folder of runs."""

from pathlib import Path

from quorate.errors import RunError
from quorate.studies.report.collection import Collection
from quorate.studies.report.comparison import read_comparison
from quorate.studies.report.remarks import look
from quorate.studies.report.run_folders import read_run_folders


def collect(folder: Path) -> Collection:
    """Read all runs of a comparison's folder, of a folder of runs, of the runs of one name, or one run.

    Raises:
        RunError: there are no runs.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError("There is no such folder.", where=str(folder), fix="Check the path.")
    found = Collection(folder, folder.resolve().name)
    if (folder / "comparison.yaml").exists() or next(folder.glob("runs/*/*/seed-*"), None):
        read_comparison(found)
    else:
        read_run_folders(found)
    if not found.runs:
        raise _nothing(folder)
    _order(found)
    look(found)
    return found


def _nothing(folder: Path) -> RunError:
    if inside := sorted(str(file.parent) for file in folder.glob("*/comparison.yaml")):
        problem = "There are no runs in this folder, but comparisons, of which each has its own report."
        return RunError(problem, where=str(folder), choices=inside, fix="Give the folder of one of them.")
    fix = "Give the folder of a comparison, or one with runs in it, such as runs/ or runs/NAME."
    return RunError("There are no runs in this folder.", where=str(folder), fix=fix)


def _order(found: Collection) -> None:
    """By variant and environment as they first appear, then by seed."""
    found.variants = list(dict.fromkeys(run.variant for run in found.runs))
    found.environments = list(dict.fromkeys(run.environment for run in found.runs))
    place = {name: index for index, name in enumerate(found.variants)}
    where = {name: index for index, name in enumerate(found.environments)}
    found.runs.sort(key=lambda run: (place[run.variant], where[run.environment], run.seed))
