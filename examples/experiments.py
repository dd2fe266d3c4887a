"""What the checks of examples/ share: runs with several seeds, claims about them, and a part of docs/results.md each.

Finished runs in runs/results are used again as long as their configuration is the same; unfinished ones are resumed.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from quorate.config import compose
from quorate.folders.files import write_bytes
from quorate.registry import Registry

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "runs" / "results"
PAGE = ROOT / "docs" / "results.md"
SEEDS = (0, 1, 2)
REPORTED = "reported"

Numbers = dict[str, float]
Found = Mapping[tuple[str, int], Numbers]
"""The numbers of each experiment and seed."""


@dataclass(frozen=True)
class Experiment:
    """A configuration to run with each seed.

    Attributes:
        file: below examples/.
        overrides: of its keys.
        analyses: what to measure besides its final evaluation.
    """

    file: str
    overrides: tuple[str, ...] = ()
    analyses: tuple[str, ...] = ()

    def arguments(self, name: str, seed: int) -> list[str]:
        """The overrides of one run."""
        return [*self.overrides, f"seed={seed}", f"name={name}", f"directory={FOLDER}"]


@dataclass(frozen=True)
class Claim:
    """Something that must come out for every seed, or with the relation `REPORTED` is only told."""

    group: str
    text: str
    experiment: str
    value: Callable[[Numbers], float]
    relation: str
    threshold: float
    unit: str = ""

    def holds(self, value: float) -> bool:
        """Whether a value is on the right side of the threshold."""
        return self.relation == REPORTED or {
            "<": value < self.threshold,
            "<=": value <= self.threshold,
            ">": value > self.threshold,
            ">=": value >= self.threshold,
        }.get(self.relation, False)


def metric(name: str) -> Callable[[Numbers], float]:
    """One number of a run."""
    return lambda numbers: numbers[name]


def difference(first: str, second: str) -> Callable[[Numbers], float]:
    """One number less another."""
    return lambda numbers: numbers[first] - numbers[second]


def run_all(
    experiments: Mapping[str, Experiment], registry: Registry, jobs: int, seeds: Sequence[int] = SEEDS
) -> dict[tuple[str, int], Path]:
    """The folders of the finished runs; what is missing is run, `jobs` at a time."""
    tasks = [(name, seed) for name in experiments for seed in seeds]
    with _progress() as progress, ThreadPoolExecutor(jobs) as workers:
        bar = progress.add_task("experiments", total=len(tasks))
        folders = {}
        found = workers.map(lambda task: run(task[0], experiments[task[0]], task[1], registry), tasks)
        for task, folder in zip(tasks, found, strict=True):
            folders[task] = folder
            progress.advance(bar)
    return folders


def run(name: str, experiment: Experiment, seed: int, registry: Registry) -> Path:
    """The folder of a finished run of this configuration; it is run or resumed if there is none."""
    file = ROOT / "examples" / experiment.file
    wanted = compose(file, experiment.arguments(name, seed), registry).to_yaml()
    for config in sorted((FOLDER / name).glob(f"*-seed{seed}*/config.yaml")):
        if config.read_text() == wanted:
            if not (config.parent / "result.json").exists():
                command("resume", str(config.parent), "--quiet")
            return config.parent
    command("run", str(file), *experiment.arguments(name, seed), "--quiet")
    return run(name, experiment, seed, registry)


def command(*words: str) -> None:
    """A Quorate command; its own message if it fails."""
    done = subprocess.run([sys.executable, "-m", "quorate", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"quorate {' '.join(words)}\n{done.stderr}")


def evaluation(folder: Path) -> Numbers:
    """The final evaluation of a run."""
    return dict(json.loads((folder / "result.json").read_text())["evaluation"])


def curve(folder: Path, name: str, phase: str = "evaluation") -> list[tuple[int, float]]:
    """One metric of a run against its training steps."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [
        (line["step"], line["metrics"][name]) for line in lines if line["phase"] == phase and name in line["metrics"]
    ]


def claim_tables(claims: Iterable[Claim], found: Found, seeds: Sequence[int] = SEEDS) -> tuple[str, bool]:
    """A table for each group of claims, and whether all of them hold."""
    lines, group, all_hold = [], "", True
    for claim in claims:
        if claim.group != group:
            group = claim.group
            lines += [
                f"\n### {group}\n",
                f"| what | must be | seeds {', '.join(map(str, seeds))} | mean ± deviation | holds |",
            ]
            lines += ["|---|---|---|---|---|"]
        values = [claim.value(found[claim.experiment, seed]) for seed in seeds]
        good = all(claim.holds(value) for value in values)
        all_hold &= good
        lines.append(_row(claim, values, good))
    return "\n".join(lines), all_hold


def write_part(name: str, text: str) -> None:
    """Replace one part of docs/results.md: what stands between its two comments; a new part goes to the end."""
    begin, end = f"<!-- part: {name} -->", f"<!-- end: {name} -->"
    page = PAGE.read_text()
    part = f"{begin}\n\n{text.strip()}\n\n{end}"
    if begin in page:
        head, rest = page.split(begin, 1)
        page = head + part + rest.split(end, 1)[1]
    else:
        page = f"{page.rstrip()}\n\n{part}\n"
    write_bytes(PAGE, page.encode())


def spread(values: Sequence[float], digits: int = 4) -> str:
    """Mean and standard deviation in words."""
    deviation = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}g}{deviation}"


def _row(claim: Claim, values: Sequence[float], good: bool) -> str:
    each = ", ".join(f"{value:.4g}" for value in values)
    if claim.relation == REPORTED:
        bound, verdict = f"no threshold, {claim.unit}".rstrip(", "), ""
    else:
        bound, verdict = f"{claim.relation} {claim.threshold:g} {claim.unit}".strip(), "yes" if good else "**no**"
    return f"| {claim.text} | {bound} | {each} | {spread(values)} | {verdict} |"


def _progress() -> Progress:
    return Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn())
