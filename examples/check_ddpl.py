"""Run DDPL, its Gaussian forms and the paper's sampler on the learnable game and on simple_spread; check the claims.

    python examples/check_ddpl.py               # what is missing is run, two runs at a time; then everything is checked
    python examples/check_ddpl.py --only ddpl   # some experiments; nothing is written

It exits 1 if a claim fails, writes a part of docs/results.md, and draws docs/figures/ddpl-*.png. The return on the game
is discounted, as its optimum is, 3.98; that on simple_spread is the sum over three agents, -71.7 for doing nothing.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from experiments import (
    REPORTED,
    ROOT,
    SEEDS,
    Claim,
    Experiment,
    Found,
    claim_tables,
    curve,
    evaluation,
    metric,
    run_all,
    write_part,
)

from quorate.registry import load_registry

GAME, SPREAD = "1. The learnable game", "2. simple_spread, continuous forces, 50,000 environment steps"
RETURN = "return/discounted"
H20 = "algorithm.policy.steps=20"

LEARNABLE = {
    "ddpl": Experiment("ddpl/learnable.yaml"),
    "ddpl-gaussian": Experiment("ddpl/learnable-gaussian.yaml"),
    "ddpl-gaussian-likelihood": Experiment("ddpl/learnable-gaussian-likelihood.yaml"),
    "ddpl-paper-sampler": Experiment("ddpl/learnable-paper-sampler.yaml"),
}
NARROW = {
    f"{name}-narrow": Experiment(f"ddpl/{file}.yaml", ("algorithm.policy.std_floor=0.01",))
    for name, file in (
        ("ddpl-gaussian", "learnable-gaussian"),
        ("ddpl-gaussian-likelihood", "learnable-gaussian-likelihood"),
    )
}
"""Gaussians that may become narrower than the bumps."""
SENSITIVITY = {
    "ddpl-20": Experiment("ddpl/learnable.yaml", (H20,)),
    "ddpl-30": Experiment("ddpl/learnable.yaml", ("algorithm.policy.steps=30",)),
    "ddpl-linear": Experiment("ddpl/learnable.yaml", (H20, "algorithm.policy.schedule=linear-scaled")),
    "ddpl-vp": Experiment("ddpl/learnable.yaml", (H20, "algorithm.policy.schedule=vp")),
}
SIMPLE_SPREAD = {
    "ddpl-spread": Experiment("ddpl/simple-spread.yaml"),
    "ddpl-spread-gaussian": Experiment("ddpl/simple-spread-gaussian.yaml"),
}
EXPERIMENTS = LEARNABLE | NARROW | SENSITIVITY | SIMPLE_SPREAD
FEWER = (0, 1)
"""Seeds of the sensitivity analysis."""
LABELS = {
    "ddpl": "DDPL, H = 10, cosine",
    "ddpl-gaussian": "DDPL-Gaussian, reverse KL",
    "ddpl-gaussian-likelihood": "DDPL-Gaussian, weighted likelihood",
    "ddpl-gaussian-narrow": "DDPL-Gaussian, reverse KL, deviations from 0.01",
    "ddpl-gaussian-likelihood-narrow": "DDPL-Gaussian, weighted likelihood, deviations from 0.01",
    "ddpl-paper-sampler": "the paper's sampler",
    "ddpl-20": "H = 20, cosine",
    "ddpl-30": "H = 30, cosine",
    "ddpl-linear": "H = 20, linear (scaled)",
    "ddpl-vp": "H = 20, VP",
    "ddpl-spread": "DDPL",
    "ddpl-spread-gaussian": "DDPL-Gaussian, reverse KL",
}


def claims() -> list[Claim]:
    """Thresholds are those set before the experiments were run."""
    gaussians = ("ddpl-gaussian", "ddpl-gaussian-likelihood")
    found = [Claim(GAME, LABELS["ddpl"], "ddpl", metric(RETURN), ">", 2.5)]
    found += [Claim(GAME, LABELS[name], name, metric(RETURN), REPORTED, 0) for name in gaussians]
    lead = "DDPL, mean over the seeds, less {}"
    found += [Claim(GAME, lead.format(LABELS[name]), name, metric("lead"), ">", 1.5) for name in gaussians]
    found += [Claim(GAME, LABELS[name], name, metric(RETURN), REPORTED, 0) for name in NARROW]
    sampler = "ddpl-paper-sampler"
    found += [Claim(GAME, "negative control: " + LABELS[sampler], sampler, metric(RETURN), "<", 2.5)]
    return found + [Claim(SPREAD, LABELS[name], name, metric("return/mean"), ">", -62) for name in SIMPLE_SPREAD]


def reports() -> list[Claim]:
    """The sensitivity analysis, of which nothing is claimed."""
    group = "3. The learnable game: sensitivity to the steps H and to the schedule"
    return [Claim(group, LABELS[name], name, metric(RETURN), REPORTED, 0) for name in ("ddpl", *SENSITIVITY)]


def numbers_of(folders: dict[tuple[str, int], Path]) -> Found:
    """The final evaluations, and by how much DDPL's mean exceeds the mean of each other experiment on the game."""
    found = {key: evaluation(folder) for key, folder in folders.items()}
    if ("ddpl", SEEDS[0]) in found:
        best = np.mean([found["ddpl", seed][RETURN] for seed in SEEDS])
        for name, seed in found:
            mean = np.mean([numbers[RETURN] for (other, _), numbers in found.items() if other == name])
            found[name, seed]["lead"] = float(best - mean)
    return found


def draw(names: Sequence[str], folders: dict[tuple[str, int], Path], metric_name: str, file: str, label: str) -> None:
    """Learning curves: the mean over seeds, and each seed thinly."""
    figure, axes = plt.subplots(figsize=(6.0, 3.6), layout="constrained")
    for name in names:
        runs = [np.array(curve(folders[name, seed], metric_name)) for seed in SEEDS if (name, seed) in folders]
        steps = runs[0][:, 0] * environments(folders[name, SEEDS[0]]) / 1000
        (line,) = axes.plot(steps, np.mean([run[:, 1] for run in runs], axis=0), label=LABELS[name])
        for run in runs:
            axes.plot(steps, run[:, 1], color=line.get_color(), alpha=0.3, linewidth=0.8)
    axes.set_xlabel("environment steps, thousands")
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(ROOT / "docs" / "figures" / file, dpi=120)
    plt.close(figure)


def environments(folder: Path) -> int:
    """Environment steps of one train step."""
    record = json.loads((folder / "record.json").read_text())
    return int(record["conventions"]["environment_steps_per_train_step"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, measure, check, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(EXPERIMENTS), help="some experiments; nothing is written")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    options = parser.parse_args(arguments)
    names = options.only or list(EXPERIMENTS)
    registry = load_registry()
    folders = run_all({n: EXPERIMENTS[n] for n in names if n not in SENSITIVITY}, registry, options.jobs)
    folders |= run_all({n: SENSITIVITY[n] for n in names if n in SENSITIVITY}, registry, options.jobs, FEWER)
    numbers = numbers_of(folders)
    claimed = [
        claim
        for claim in claims()
        if (claim.experiment, SEEDS[0]) in numbers and ("ddpl" in names or "less" not in claim.text)
    ]
    tables, good = claim_tables(claimed, numbers)
    reported = claim_tables([claim for claim in reports() if (claim.experiment, 0) in numbers], numbers, FEWER)[0]
    tables = f"{tables}\n{reported}"
    print(tables)
    if options.only is None:
        draw(list(LEARNABLE), folders, RETURN, "ddpl-learnable.png", "discounted return")
        draw(["ddpl", *SENSITIVITY], folders, RETURN, "ddpl-sensitivity.png", "discounted return")
        draw(list(SIMPLE_SPREAD), folders, "return/mean", "ddpl-simple-spread.png", "return")
        write_part("ddpl", HEAD + tables + FIGURES)
    return 0 if good else 1


HEAD = """## DDPL

Generated by `python examples/check_ddpl.py`; the configurations are `examples/ddpl/*.yaml`, run with seeds 0, 1 and 2,
one thread a run. A claim holds if it does for every seed. Returns on the learnable game are discounted.
"""
FIGURES = """

![Learning curves on the learnable game](figures/ddpl-learnable.png)

![Sensitivity to the number of diffusion steps and to the schedule](figures/ddpl-sensitivity.png)

![Learning curves on simple_spread](figures/ddpl-simple-spread.png)
"""

if __name__ == "__main__":
    sys.exit(main())
