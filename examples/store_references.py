"""Runs reference results again, with more seeds or after a change of their method, and stores the values of all seeds.

    python examples/store_references.py decision-game/all-policies --seeds 40
    python examples/store_references.py mappo/simple-reference --seeds 3-4 --longest
    python examples/store_references.py decision-game/all-policies --seeds 101-220 --values

The first two write into the file that declares the reference, where the values of other seeds stay; the last prints
values by seed, as tests keep them. Runs are in runs/references; finished ones are used again.
"""

import argparse
import json
import math
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from quorate.folders.files import write_bytes
from quorate.interfaces.launcher import Status
from quorate.registry import Registry, load_registry
from quorate.run.execute import start
from quorate.run.progress import Display
from quorate.studies.compare.project import Project
from quorate.studies.references.catalogue import catalogue
from quorate.studies.references.model import Point, Reference
from quorate.studies.references.reproduce import Wanted, measured, project

FOLDER = Path(__file__).parents[1] / "runs" / "references"
WIDTH = 120
Values = dict[int, float]


def main() -> None:
    """Run and store."""
    options = arguments()
    registry = load_registry([], plugins=False)
    known = catalogue(registry).references
    for name in options.names:
        reference = catalogue(registry).find(name)
        points = [point for point in reference.points if wanted(point, options)]
        found = results(shared(reference, known.values()), reference, points, options, registry)
        if options.values:
            print(json.dumps({str(seed): float(f"{value:.7g}") for seed, value in found[0][1].items()}))
            continue
        for point, values, record in found:
            store(reference, point, {**point.values, **values}, record["versions"])


def arguments() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME", help="references of ours")
    parser.add_argument("--seeds", required=True, type=seeds, help="how many, or first and last as in 101-220")
    parser.add_argument("--budget", type=int, help="training steps of a stored point; default: all points")
    parser.add_argument("--longest", action="store_true", help="take points of smaller budgets from the same runs")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the configuration")
    parser.add_argument("--values", action="store_true", help="print the values, write nothing")
    options = parser.parse_args()
    if options.set and not options.values:
        parser.error("values of another configuration are not stored: add --values")
    return options


def wanted(point: Point, options: argparse.Namespace) -> bool:
    """Whether a point is asked for; with ``--longest`` those of smaller budgets are too."""
    steps, budget = point.train_steps or 0, options.budget
    return budget is None or steps == budget or (options.longest and steps < budget)


def seeds(text: str) -> range:
    """``20`` are 0 to 19, ``101-220`` are these."""
    first, dash, last = text.partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(text))


def shared(reference: Reference, known: Iterable[Reference]) -> Reference:
    """The first reference of the same configuration, whose runs serve all of them."""
    return next(other for other in known if other.configuration == reference.configuration)


def results(
    owner: Reference, reference: Reference, points: list[Point], options: argparse.Namespace, registry: Registry
) -> list[tuple[Point, Values, Any]]:
    """Of each point the values, and a record."""
    if not options.longest:
        done = [(point, run(owner, point, options.set, options.seeds, registry)) for point in points]
        return [(point, *measured(work, reference.metric)) for point, work in done]
    steps = [point.train_steps or 0 for point in points]
    work = run(owner, points[-1], [*options.set, f"evaluation.every={math.gcd(*steps)}"], options.seeds, registry)
    _, record = measured(work, reference.metric)
    return [(point, on_the_way(work, point, reference.metric), record) for point in points]


def run(owner: Reference, point: Point, overrides: list[str], seeds: range, registry: Registry) -> Project:
    """Run the seeds that are not finished, one after the other."""
    folder = FOLDER / re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(["as-stored", *overrides]))
    work = project(owner, point, Wanted(seeds, overrides, folder), registry)
    for cell in work.cells:
        if work.folder.status(cell, registry).state is Status.FINISHED:
            continue
        if signal := start(cell.run, registry, Display(Console())).signal:
            raise SystemExit(128 + signal)
    return work


def on_the_way(work: Project, point: Point, metric: str) -> Values:
    """Values of the evaluation after the steps of a point."""
    found = {}
    for cell in work.cells:
        folder = work.folder.status(cell, work.registry).run
        assert folder is not None
        rows = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
        at = (point.train_steps, "evaluation")
        found[cell.seed] = next(row["metrics"][metric] for row in rows if (row["step"], row["phase"]) == at)
    return found


def store(reference: Reference, point: Point, values: Values, versions: dict[str, str]) -> None:
    """Write values and versions into the file that declares the reference; all else stays as it is."""
    path = Path(reference.file)
    before, name, rest = re.split(rf"(\n  - name: {re.escape(reference.name)}\n)", path.read_text())
    block, *others = re.split(r"(?=\n  - name: )", rest)
    block, count = re.subn(
        rf"\{{(train_steps: {point.train_steps}\b[^{{]*?)\s*values: \{{[^}}]*\}}\s*\}}",
        lambda found: "\n".join(row(found[1].rstrip(), values)),
        block,
    )
    assert count == 1, (reference.name, point.train_steps, count)
    known = ", ".join(f'{package}: "{versions[package]}"' for package in reference.versions)
    block = re.sub(r"versions: \{[^}]*\}", lambda _: f"versions: {{{known}}}", block)
    write_bytes(path, "".join([before, name, block, *others]).encode())


def row(head: str, values: Values) -> Iterator[str]:
    """A point in YAML, folded."""
    inner = ", ".join(f'"{seed}":_{value:.7g}' for seed, value in sorted(values.items()))
    lines = [line.replace("_", " ") for line in textwrap.wrap(inner, WIDTH - 10, break_on_hyphens=False)]
    one = f"{{{head} values: {{{' '.join(lines)}}}}}"
    if len(one) + 8 <= WIDTH:
        yield one
        return
    yield f"{{{head} values: {{"
    yield from (f"          {line}" for line in lines)
    yield "        }}"


if __name__ == "__main__":
    main()
