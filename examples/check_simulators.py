"""Runs DDPL's own tasks at a laptop's budget and writes a part of docs/results.md for each: table and curves.

    python examples/check_simulators.py                      # what is missing is run: many hours on two cores
    python examples/check_simulators.py --tasks ant-4x2      # some tasks
    python examples/check_simulators.py --finished           # nothing is run: what there is, with how many seeds

The comparisons are examples/suites/simulators/*.yaml; their runs are in runs/suites.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from experiments import ROOT, command, write_part
from matplotlib.figure import Figure
from scipy import stats

SUITES = ROOT / "examples" / "suites" / "simulators"
FOLDER = ROOT / "runs" / "suites"
TASKS = {
    "smax-3s_vs_5z": "SMAX 3s_vs_5z",
    "smax-6h_vs_8z": "SMAX 6h_vs_8z",
    "ant-4x2": "Ant 4x2",
    "ant-2x4": "Ant 2x4",
    "ant-8x1": "Ant 8x1",
    "humanoid-standup-17x1": "HumanoidStandup 17x1",
    "hand-over": "Hand-over, a twin",
}
RANDOM = {
    "smax-3s_vs_5z": (0.2244, 0.0035),
    "smax-6h_vs_8z": (0.271, 0.007),
    "ant-4x2": (-20.3, 4.1),
    "ant-2x4": (-61, 23),
    "ant-8x1": (-47, 19),
    "humanoid-standup-17x1": (33464, 1256),
    "hand-over": (2.5, 0.3),
}
"""Return of uniformly random actions, and half of its 95 % interval over episodes."""
ORDER = ("ddpl", "ddpl-gaussian", "hasac", "happo", "mappo")
Curves = dict[str, dict[int, list[tuple[float, float]]]]
"""Of each variant and seed, environment steps and returns."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="*", choices=TASKS, default=list(TASKS), help="(all)")
    parser.add_argument("--finished", action="store_true", help="run nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the comparisons")
    options = parser.parse_args(arguments)
    write_part("simulators", HEAD)
    for task in options.tasks:
        if not options.finished:
            command("compare", str(SUITES / f"{task}.yaml"), f"directory={options.folder}", "--quiet")
        if curves := read(options.folder / task / "runs"):
            draw(task, curves)
            parts = [f"### {TASKS[task]}", "\n".join(table(task, curves))]
            parts += [f"![{TASKS[task]}: learning curves](figures/simulator-{task}.png)", NOTES.get(task, "")]
            write_part(f"simulators, {task}", "\n\n".join(part for part in parts if part))
    return 0


def read(folder: Path) -> Curves:
    """Curves of finished runs."""
    curves: Curves = defaultdict(dict)
    for file in sorted(folder.glob("*/*/seed-*/*/metrics.jsonl")):
        variant, seed = file.parts[-5], int(file.parts[-3].removeprefix("seed-"))
        record = json.loads((file.parent / "record.json").read_text())
        each = record["conventions"]["environment_steps_per_train_step"]
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        found = [(row["step"] * each, row["metrics"]["return/mean"]) for row in rows if row["phase"] == "evaluation"]
        if "finished" in (file.parent / "timing.jsonl").read_text():
            curves[variant][seed] = found
    return curves


def table(task: str, curves: Mapping[str, Mapping[int, list[tuple[float, float]]]]) -> list[str]:
    """Returns at the end, mean over seeds with its interval by Student's distribution."""
    lines = ["| | return at the end | seeds | environment steps |", "|---|---|---|---|"]
    for variant in sorted(curves, key=ORDER.index):
        last = [curve[-1][1] for curve in curves[variant].values()]
        steps = next(iter(curves[variant].values()))[-1][0]
        lines.append(f"| `{variant}` | {interval(last)} | {len(last)} | {steps:,.0f} |")
    if task in RANDOM:
        mean, half = RANDOM[task]
        each = f"{number(mean)} [{number(mean - half)}, {number(mean + half)}]"
        lines.append(f"| random actions | {each}, over episodes | | |")
    return lines


def interval(values: Sequence[float]) -> str:
    """The mean and its 95 % interval, where there are two or more."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return number(mean)
    half = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
    return f"{number(mean)} [{number(mean - half)}, {number(mean + half)}]"


def number(value: float) -> str:
    """Four digits, and none after the point of thousands."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def draw(task: str, curves: Mapping[str, Mapping[int, list[tuple[float, float]]]]) -> None:
    """Each seed thin, the mean thick."""
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.add_subplot()
    for number, variant in enumerate(ORDER):
        every = [np.array(curve).T for curve in curves.get(variant, {}).values()]
        for x, y in every:
            axes.plot(x, y, color=f"C{number}", alpha=0.35, linewidth=0.8)
        if every:
            axes.plot(every[0][0], np.mean([y for _, y in every], axis=0), color=f"C{number}", label=variant)
    if task in RANDOM:
        axes.axhline(RANDOM[task][0], color="grey", linestyle="--", linewidth=1, label="random actions")
    axes.set(xlabel="environment steps", ylabel="return", title=TASKS[task])
    axes.locator_params(axis="x", nbins=4)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right center", frameon=False, fontsize=8)
    figure.savefig(ROOT / "docs" / "figures" / f"simulator-{task}.png", dpi=120)


HEAD = """## DDPL on simulators

Generated by `python examples/check_simulators.py` from the comparisons of `examples/suites/simulators`, at a laptop's
budget; the paper's is in the files that end in `-paper`, which nobody has run here. Actions are sampled in all
evaluations. In brackets: 95 % intervals over seeds."""
ONE = """One seed each, to show that they run; intervals would need more. What a Gaussian policy does before it has
learned is small, and pays other than uniformly random actions do. The paper makes ten million steps."""
NOTES = {
    "smax-3s_vs_5z": """MAPPO and HAPPO come to twice what random actions get; their learning rate and minibatches
were chosen after pilots of MAPPO on this task. What learns from a replay memory has made 3000 updates, with
rewards times 20 in its returns: a step pays a few thousandths, against which the entropy (HASAC) and the least
scale of the weights (DDPL) weigh too much. With a factor of 1, seed 0 ended at 0.20 (`ddpl`), 0.26 (`ddpl-
gaussian`) and 0.21 (`hasac`). With each seed DDPL is above DDPL-Gaussian, as in the paper, but their intervals
meet; HASAC is beside it. The paper makes 2.5 million updates in 50 million steps and reports 2.00 (DDPL), 0.86
(HASAC), 0.59 (HAPPO) and 0.42 (MAPPO). With Table 3's networks an update for three agents has taken 0.15 s of a
core: 100,000 of them are four hours a seed.""",
    "ant-4x2": """All beat random actions with intervals apart, and DDPL and HASAC what learns from rollouts; these two
and DDPL-Gaussian can not be told apart with three seeds. They have learned to stay upright, mostly: an ant that stands
still for all 1000 steps gets 1000. HAPPO and MAPPO stand where they began, with the small actions of a Gaussian that
has learned nothing: 50 training steps are too few for them. The paper makes ten million steps.""",
    "hand-over": """MAPPO and HAPPO beat random actions with intervals apart; a Gaussian policy gets some four before it
has learned, as small actions hold the ball longer than uniform ones. What learns from a replay memory gets less than
that after 2,000 updates. No hand passes the ball within 100,000 steps: the rule `shadow-hands/scripted` gets 314,
policies taught by it (`dagger`) 320, and MAPPO after 1.2 million steps 10, holding the ball at the finger tips ([Two
Shadow hands](how-to/shadow-hands.md)). The
paper makes ten million steps, a hundred times these runs: on one core some two hours a seed with MAPPO and three to six
with DDPL.""",
    "smax-6h_vs_8z": """All beat random actions with intervals apart, at some twice their return; HASAC is behind
the others. DDPL is a little below DDPL-Gaussian with each seed: the paper's order is not seen here. Rewards are
times 20 for what learns from a replay memory, as on 3s_vs_5z; the paper makes 50 million steps.""",
    "ant-2x4": """All beat random actions with intervals apart, and what learns from a replay memory beats what
learns from rollouts; DDPL, DDPL-Gaussian and HASAC can not be told apart with three seeds. As on Ant 4x2, they
have learned to stay upright, mostly, and HAPPO and MAPPO stand where they began. The paper makes ten million
steps.""",
    "ant-8x1": """All beat random actions with intervals apart. HASAC, DDPL-Gaussian and DDPL are beside each other,
with two of DDPL's three seeds behind: the paper's order is not seen here. MAPPO learns on the way, HAPPO
hardly. The paper makes ten million steps.""",
    "humanoid-standup-17x1": ONE,
}

if __name__ == "__main__":
    sys.exit(main())
