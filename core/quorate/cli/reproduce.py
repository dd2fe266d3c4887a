"""``quorate reproduce``: run the configuration of a reference result, and say whether the result comes out again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import quiet_option
from quorate.output import json_option, print_json
from quorate.paths import from_here

if TYPE_CHECKING:
    from quorate.studies.compare.project import Project
    from quorate.studies.references.model import Point, Reference


def read_seeds(context: click.Context, parameter: click.Parameter, text: str | None) -> list[int] | None:
    """``3`` means 0, 1, 2; ``5,7`` means these.

    Raises:
        click.BadParameter: it is neither.
    """
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter(f"{text!r} is neither how many, such as 3, nor a list, such as 5,6,7")
    numbers = list(dict.fromkeys(int(part) for part in parts))
    seeds = numbers if "," in text else list(range(numbers[0]))
    if not seeds:
        raise click.BadParameter("at least one seed is needed")
    return seeds


@quorate_command(
    "reproduce",
    examples=[
        "quorate reproduce",
        "quorate reproduce decision-game/all-policies --seeds 3",
        "quorate reproduce mappo/simple-reference --budget 25 --seeds 5,6,7",
        "quorate reproduce --list harl/",
    ],
)
@click.argument("name", required=False)
@click.argument("overrides", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "--list", "listed", is_flag=True, help="List the reference results whose names begin with NAME; tell all of one."
)
@click.option("--budget", type=int, metavar="STEPS", help="Training steps of a stored point; default: the fewest.")
@click.option(
    "--seeds",
    callback=read_seeds,
    metavar="N|A,B",
    help="How many seeds, or which; default: as few as can tell something.",
)
@click.option(
    "--directory", type=click.Path(path_type=Path), default=Path("reproduce"), help="The folder for all reproductions."
)
@click.option("--processes", type=click.IntRange(1), help="Runs at once; default: as many as there are cores.")
@click.option("--rerun", is_flag=True, help="Run finished seeds anew; the old runs are moved aside.")
@json_option()
@quiet_option
def command(
    app: App,
    name: str | None,
    overrides: tuple[str, ...],
    listed: bool,
    budget: int | None,
    seeds: list[int] | None,
    directory: Path,
    processes: int | None,
    rerun: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the stored configuration of the reference result NAME, and compare with what was found before.

    Without NAME, list what there is. Seeds that are finished are not run again, and what was cut goes on. KEY=VALUE
    sets a key of the configuration. Exit code 1: the results are others, or a run failed; 2: a mistake; 3: too few
    seeds to tell.
    """
    from quorate.studies.references.catalogue import catalogue

    found = catalogue(app.registry)
    if name is None or listed:
        from quorate.studies.references.printing import print_references

        print_references(found, name or "", as_json)
        return
    from quorate.studies.compare.display import make_board
    from quorate.studies.compare.execute import execute
    from quorate.studies.references.reproduce import Wanted, check, choose_point, default_seeds, project

    reference = found.find(name)
    point = choose_point(reference, budget)
    wanted = Wanted(seeds or default_seeds(point), overrides, directory, processes, rerun, sys.argv)
    work = project(reference, point, wanted, app.registry)
    check(work)
    with work.folder.locked():
        result = execute(work, make_board(quiet))
    if result.signal is not None:
        click.echo("Stopped; the same command goes on.", err=True)
        raise SystemExit(128 + result.signal)
    _conclude(work, reference, point, overrides, as_json)


def _conclude(
    work: "Project", reference: "Reference", point: "Point", overrides: tuple[str, ...], as_json: bool
) -> None:
    """Print the verdict, and what failed.

    Raises:
        SystemExit: 1 where it is outside, or a run failed; 3 where there are too few seeds to tell.
    """
    from quorate.studies.compare.conclusion import print_failures
    from quorate.studies.references.printing import print_verdict
    from quorate.studies.references.reproduce import measured
    from quorate.studies.references.verdict import judge

    values, record = measured(work, reference.metric)
    failed = len(values) < len(work.cells)
    verdict = judge(reference, point, values, record) if values else None
    if as_json:
        data = (
            verdict.to_dict()
            if verdict
            else {"name": reference.name, "values": {}, "inside": None, "verdict": "failed"}
        )
        print_json({**data, "overrides": list(overrides), "failed": len(work.cells) - len(values)})
    elif verdict:
        print_verdict(verdict, overrides, str(from_here(work.folder.path)))
    if failed and not as_json:
        print_failures(work, work.statuses())
    if failed or verdict is None or verdict.inside is False:
        raise SystemExit(1)
    if verdict.inside is None:
        raise SystemExit(3)
