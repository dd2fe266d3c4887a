"""Runs the suites of examples/suites and writes a part of docs/results.md from their reports.

    python examples/check_suites.py               # what is missing is run, about an hour on two cores
    python examples/check_suites.py --only policy-classes   # one suite; nothing is written

The whole report of a suite is runs/suites/NAME/report/index.html.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from experiments import ROOT, command, write_part
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FOLDER = ROOT / "runs" / "suites"
TITLES = {
    "inference-schemes": "Inference schemes on sensor networks",
    "policy-classes": "Policy classes on the decision games",
    "algorithms-mpe": "Algorithms on MPE",
    "baselines": "Seven algorithms on four small tasks",
    "value-decomposition": "Value decomposition on MPE, discrete",
}
Report = Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(TITLES), help="some suites; nothing is written")
    options = parser.parse_args(arguments)
    parts = [HEAD]
    for name in options.only or TITLES:
        report = compare(name)
        draw(name, report)
        parts += [section(name, report)]
        print(parts[-1])
    if options.only is None:
        write_part("suites", "\n\n".join(parts))
    return 0


def compare(name: str) -> Report:
    """The report of a suite; what is missing of it is run."""
    command("compare", str(ROOT / "examples" / "suites" / f"{name}.yaml"), f"directory={FOLDER}", "--quiet")
    report: Report = json.loads((FOLDER / name / "report" / "report.json").read_text())
    return report


def section(name: str, report: Report) -> str:
    """Tables and picture of one suite."""
    return "\n\n".join([
        f"### {TITLES[name]}",
        NOTES[name],
        "\n".join(score_table(report)),
        "\n".join(improvement_table(report)),
        f"![{TITLES[name]}: learning curves](figures/suite-{name}.png)",
    ])  # fmt: skip


def score_table(report: Report) -> list[str]:
    """Mean scores with their intervals, then the normalised mean of the middle half over all environments."""
    environments = report["environments"]
    lines = [f"| | {' | '.join(environments)} | IQM, normalised |", "|---|" + "---|" * (len(environments) + 1)]
    for variant in report["variants"]:
        means = [_one(report["scores"], variant=variant, environment=name, statistic="mean") for name in environments]
        iqm = _one(report["aggregates"], variant=variant, statistic="iqm")
        lines.append(f"| `{variant}` | {' | '.join(map(interval, [*means, iqm]))} |")
    return lines


def improvement_table(report: Report) -> list[str]:
    """Each pair, the better one first."""
    lines = ["| | probability of improvement |", "|---|---|"]
    for row in report["improvement"]:
        a, b, point, low, high = (row[key] for key in ("a", "b", "point", "low", "high"))
        if point < 0.5:
            a, b, point, low, high = b, a, 1 - point, 1 - high, 1 - low
        lines.append(f"| `{a}` over `{b}` | {point:.2f} [{low:.2f}, {high:.2f}] |")
    return lines


def interval(row: Mapping[str, float]) -> str:
    """A number and its interval."""
    return f"{row['point']:.4g} [{row['low']:.4g}, {row['high']:.4g}]"


def draw(name: str, report: Report) -> None:
    """Learning curves with their bands."""
    environments = report["environments"]
    figure = Figure(figsize=(4.2 * len(environments) + 1.6, 3.2), layout="constrained")
    every = figure.subplots(1, len(environments), squeeze=False)[0]
    for axes, environment in zip(every, environments, strict=True):
        _draw_one(axes, [row for row in report["curves"] if row["environment"] == environment])
        axes.set(title=environment, xlabel=report["x"]["name"])
        axes.locator_params(axis="x", nbins=5)
    every[0].set_ylabel(LABELS.get(name, "return"))
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=8)
    figure.savefig(ROOT / "docs" / "figures" / f"suite-{name}.png", dpi=120)


def _draw_one(axes: Axes, curves: Sequence[Mapping[str, Any]]) -> None:
    for row in curves:
        (line,) = axes.plot(row["x"], row["point"], label=row["variant"])
        axes.fill_between(row["x"], row["low"], row["high"], color=line.get_color(), alpha=0.2, linewidth=0)
    axes.spines[["top", "right"]].set_visible(False)


def _one(rows: Sequence[Mapping[str, Any]], **wanted: str) -> Mapping[str, float]:
    (row,) = (row for row in rows if all(row[key] == value for key, value in wanted.items()))
    return row


LABELS = {"inference-schemes": "PSNR (dB)", "policy-classes": "expected return"}
HEAD = """## Suites

Generated by `python examples/check_suites.py` from the reports of `quorate compare` on `examples/suites/*.yaml`, five
seeds each (value decomposition: three). In brackets: 95 % intervals by stratified bootstrap over runs. For the IQM, the
mean of the middle half of all runs, scores are normalised by the least and the greatest of an environment's."""
NOTES = {
    "inference-schemes": "PSNR in dB over new joint histories, after 3000 training steps. The denoiser of a seed "
    "is the same in all four variants.",
    "policy-classes": "The expected return after 400 epochs: exact, but for `ddpm`, which is measured by samples.",
    "algorithms-mpe": "simple_spread, 25,000 environment steps; returns are sums over the agents and the 25 steps of "
    "an episode. The score is the absolute metric: the best policy of ten evaluation points plays 1000 new episodes. "
    "Actions are sampled in all evaluations, because diffusion policies have no mode.",
    "baselines": "20,000 environment steps, the last four observations as input, greedy actions. The best returns are "
    "8 in both matrix games and 1 in the memory game, random ones 4.75, -4.44 and 0.25. Every algorithm has one set of "
    "settings for all tasks, and none was searched for. In the non-monotonic game a miss of the best joint action "
    "costs 12, so that its actions look worse than those that are worth 0 whatever the other does.",
    "value-decomposition": "300,000 environment steps; returns are sums over the agents and the 25 steps of an "
    "episode.",
}

if __name__ == "__main__":
    sys.exit(main())
