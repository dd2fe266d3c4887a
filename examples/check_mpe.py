"""Learning curves on the particle environments, beside the published ones; writes a part of docs/results.md.

    python examples/check_mpe.py                        # what is missing is run, two runs at a time
    python examples/check_mpe.py --only reference-mappo # some experiments; nothing is written

It exits 1 if a claim fails. Returns are sums over an episode of 25 steps and over agents.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from experiments import (
    ROOT,
    SEEDS,
    Claim,
    Experiment,
    claim_tables,
    curve,
    evaluation,
    metric,
    run_all,
    spread,
    write_part,
)
from matplotlib.figure import Figure

from quorate.registry import load_registry

RETURN = "return/mean"
SPREAD = "simple_spread, continuous forces, 50,000 environment steps"
ALGORITHMS = {"mappo": "MAPPO", "happo": "HAPPO", "hasac": "HASAC", "ddpl": "DDPL"}
REFERENCE = {f"reference-{name}": Experiment(f"mpe/reference-{name}.yaml") for name in ALGORITHMS}
EXPERIMENTS = {"spread-hasac": Experiment("hasac/simple_spread.yaml")} | REFERENCE
STEPS = {"mappo": 4000, "happo": 4000, "hasac": 20, "ddpl": 20}
"""Environment steps of a training step."""
MARKS = (50_000, 100_000, 200_000, 500_000, 1_000_000)
PUBLISHED = {
    "HARL's figures, 1 M steps": {"mappo": -35, "happo": -38},
    "HARL's figures, 5 M steps": {"mappo": -14, "happo": -17},
    "HARL's figures, 10 M steps": {"mappo": -10, "happo": -10.5},
    "2605.07101, best mean within 5 M steps": {"mappo": -14.20, "happo": -15.89, "hasac": -9.59, "ddpl": -10.35},
}
"""Read off figures where they are HARL's, to about half a unit."""

Folders = Mapping[tuple[str, int], Path]
CLAIMS = [Claim(SPREAD, "HASAC (doing nothing: -71.7)", "spread-hasac", metric(RETURN), ">", -62)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, check, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(EXPERIMENTS), help="some experiments; nothing is written")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    options = parser.parse_args(arguments)
    chosen = {name: EXPERIMENTS[name] for name in options.only or EXPERIMENTS}
    folders = run_all(chosen, load_registry(), options.jobs)
    found = {key: evaluation(folder) for key, folder in folders.items()}
    tables, good = claim_tables([claim for claim in CLAIMS if claim.experiment in chosen], found)
    print(tables)
    for name in chosen:
        print(f"{name}: {spread([found[name, seed][RETURN] for seed in SEEDS])}")
    if options.only is None:
        draw(folders)
        write_part("particle environments", "\n".join([HEAD, tables, reference_table(folders), NOTES]))
    return 0 if good else 1


def runs_of(name: str, folders: Folders) -> np.ndarray:
    """Environment steps and returns of each seed: [seeds, evaluations, 2]."""
    runs = np.array([curve(folders[f"reference-{name}", seed], RETURN) for seed in SEEDS], dtype=float)
    runs[..., 0] *= STEPS[name]
    return runs


def reference_table(folders: Folders) -> str:
    """Ours at a few numbers of steps, and what is published."""
    lines = [
        "\n### simple_reference, continuous\n",
        "| | " + " | ".join(ALGORITHMS.values()) + " |",
        "|---|---|---|---|---|",
    ]
    for at in MARKS:
        cells = [cell(runs_of(name, folders), at) for name in ALGORITHMS]
        lines.append(f"| ours, {at:,} steps | {' | '.join(cells)} |")
    best = [f"{runs_of(name, folders)[..., 1].mean(0).max():.2f}" for name in ALGORITHMS]
    lines.append("| ours, best mean | " + " | ".join(best) + " |")
    for source, values in PUBLISHED.items():
        lines.append(f"| {source} | " + " | ".join(str(values.get(name, "")) for name in ALGORITHMS) + " |")
    return "\n".join(lines)


def cell(runs: np.ndarray, steps: int) -> str:
    """Mean and deviation over seeds of the last evaluation before so many steps; empty after the end of the runs."""
    index = int((runs[0, :, 0] <= steps).sum()) - 1
    if index < 0 or steps > runs[0, -1, 0]:
        return ""
    return spread(list(runs[:, index, 1]))


def draw(folders: Folders) -> None:
    """The learning curves: the mean over seeds, and each seed thinly."""
    figure = Figure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, label in ALGORITHMS.items():
        runs = runs_of(name, folders)
        (line,) = axes.plot(runs[0, :, 0], runs[..., 1].mean(0), label=label)
        for run in runs:
            axes.plot(run[:, 0], run[:, 1], color=line.get_color(), alpha=0.3, linewidth=0.8)
    axes.set(xscale="log", xlabel="environment steps", ylabel="return", title="simple_reference, continuous")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(ROOT / "docs" / "figures" / "simple-reference.png", dpi=120)


HEAD = """## Particle environments

Generated by `python examples/check_mpe.py`; the configurations are `examples/mpe/*.yaml` and
`examples/hasac/simple_spread.yaml`, run with seeds 0, 1 and 2, one thread a run. Returns are sums over the agents and
the 25 steps of an episode; mean ± deviation over the seeds."""
NOTES = """
![Learning curves on simple_reference](figures/simple-reference.png)

The published figures are not measured as ours are:

- Actions: ours are a force in [-1, 1] along two axes and ten utterances in [0, 1]; HARL's runs use mpe2's box of 15
  numbers in [0, 1], into which actions are clipped.
- Steps: ours stop at 1,000,000 (on-policy) and 200,000 (off-policy) environment steps; HARL's figures go to
  10 million, those of 2605.07101 to 5 million.
- Ends of episodes: here the critic says what would have followed the 25th step. HARL drops the advantage of that step.
- Evaluation: ours is greedy where the policy has a mode (DDPL's is sampled), over the same 200 episodes each time.
  2605.07101 reports the highest mean over three seeds during training, of 50 episodes.
- Rules: mpe2's v3 here, v2 in the published runs; the reward was the same sum over agents in HARL.
"""

if __name__ == "__main__":
    sys.exit(main())
