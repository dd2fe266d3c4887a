"""Infer the state of SMAX battles as Table 1 of 2410.13953 does, and check what must come out.

    python examples/check_smax_inference.py             # what is missing is run, one at a time; then all is checked
    python examples/check_smax_inference.py --only base # some cells; nothing is written

Each cell differs in one way from examples/smax/table-1.yaml. It takes some two minutes for each of 11 cells and two
seeds on one core, and exits 1 if a claim fails.
"""

import argparse
import platform
import statistics
import sys
from collections.abc import Callable, Sequence

import torch
from experiments import (
    REPORTED,
    ROOT,
    Claim,
    Experiment,
    Found,
    Numbers,
    claim_tables,
    difference,
    evaluation,
    metric,
    run_all,
    write_part,
)
from matplotlib.figure import Figure

import quorate
from quorate.registry import load_registry

SEEDS = (0, 1)
TABLE = "smax/table-1.yaml"
SCHEMES = ("individual", "composite", "precision-pool", "precision-gate", "regression", "regression-product")
DIMENSIONS = "10 units x (health, x, y, cooldown, two bits of type) = 60, each in [0, 1] and all zero once dead"


def race(name: str, *units: str) -> tuple[str, ...]:
    """The overrides for another race."""
    return f"environment.name=smax/{name}-5v5-v1", f"algorithm.behaviour.units=[{','.join(units)}]"


SOME = ", ".join(
    [f"{{name: partial-composite, agents: {list(range(count))}, steps: 20, checks: false}}" for count in range(1, 6)]
    + [f"{{name: composite, order: {order}, steps: 20, checks: false}}" for order in ("given", "random-each-cycle")]
)

CELLS = {
    "base": (),
    "width-64": ("algorithm.denoiser.width=64",),
    "width-1024": ("algorithm.denoiser.width=1024",),
    "samples-10000": ("algorithm.samples=10000", "algorithm.environments=100"),
    "history-1": ("algorithm.history_length=1",),
    "history-10": ("algorithm.history_length=10",),
    "sight-5": ("environment.sight=5", "algorithm.behaviour.sight=5"),
    "terran": race("terran", "marine", "marauder"),
    "protoss": race("protoss", "stalker", "zealot"),
    "noise-fixed-1": ("algorithm.noise={name: fixed, sigma: 1.0}",),
    "mappo": (),  # and the run that it learns from
    "some-agents": (f"algorithm.inference=[{SOME}]",),
}
EXPERIMENTS = {name: Experiment(TABLE, changes) for name, changes in CELLS.items()}
BEHAVIOUR = "mappo-zerg"


def held(scheme: str) -> str:
    """The PSNR of a scheme on episodes that were not in training."""
    return f"held-out/{scheme}/psnr"


def claims() -> list[Claim]:
    """Thresholds are those set before the experiments were run."""
    gain = difference(held("composite"), held("individual"))
    group = "1. Zerg, history 5, sight 9, 100,000 samples, width 256"
    found = [
        Claim(group, "each agent's regression, at least", "base", metric(held("regression")), ">=", 11.5, "dB"),
        Claim(group, "each agent's regression, at most", "base", metric(held("regression")), "<=", 12.6, "dB"),
        Claim(group, "composite", "base", metric(held("composite")), ">=", 16, "dB"),
        Claim(group, "composite less individual", "base", gain, ">=", 5, "dB"),
        Claim(group, "precision-gate less composite", "base", beyond("precision-gate"), ">=", 0.7, "dB"),
        Claim(group, "precision-pool less composite", "base", beyond("precision-pool"), ">=", 0.5, "dB"),
        Claim(group, "regression-product less composite", "base", beyond("regression-product"), REPORTED, 0, "dB"),
    ]
    group = "2. Composite less individual, in every cell"
    found += [
        Claim(group, name, name, gain, ">=", 5 if name in ("terran", "protoss") else 3, "dB")
        for name in EXPERIMENTS
        if name not in ("noise-fixed-1", "some-agents")
    ]
    group = "3. Negative control: noise fixed at 1.0"
    alone = difference(held("individual"), held("regression"))
    found += [
        Claim(group, "composite less individual", "noise-fixed-1", gain, "<=", 3, "dB"),
        Claim(group, "individual less each agent's regression", "noise-fixed-1", alone, "<=", 0.3, "dB"),
        Claim(group, "the same, the other way", "noise-fixed-1", alone, ">=", -0.3, "dB"),
    ]
    group, some = "5. The first k agents, and orders", [held(label) for label in PARTIAL]
    random = difference(held("composite"), held("composite(order=random-each-cycle)"))
    found += [
        Claim(group, f"{k + 1} agents less {k}", "some-agents", difference(some[k], some[k - 1]), ">", 0, "dB")
        for k in range(1, 5)
    ]
    return [
        *found,
        Claim(group, "all less one", "some-agents", difference(some[4], some[0]), ">=", 5, "dB"),
        Claim(group, "fixed order less random", "some-agents", random, "<=", 0.4, "dB"),
        Claim(group, "the same, the other way", "some-agents", random, ">=", -0.4, "dB"),
    ]


PARTIAL = ["partial-composite", *(f"partial-composite(agents={list(range(count))})" for count in range(2, 6))]
"""The composites of the first 1 to 5 agents, as evaluations name them."""


def beyond(scheme: str) -> Callable[[Numbers], float]:
    """What a scheme has over the composite."""
    return difference(held(scheme), held("composite"))


AXES = (
    ("sight 9 less sight 5", "base", "sight-5", 1.0),
    ("history 5 less history 1", "base", "history-1", 0.8),
    ("100,000 samples less 10,000", "base", "samples-10000", 0.3),
    ("width 256 less width 64", "base", "width-64", 1.5),
)


def axis_claims(numbers: dict[tuple[str, int], Numbers]) -> list[Claim]:
    """Differences of the composite between two cells; they are put beside the numbers of the runs."""
    found = []
    for text, more, less, threshold in AXES:
        pairs = [(numbers.get((more, seed)), numbers.get((less, seed))) for seed in SEEDS]
        for seed, (one, other) in zip(SEEDS, pairs, strict=True):
            if one is not None and other is not None:
                numbers[text, seed] = {"gain": one[held("composite")] - other[held("composite")]}
        found.append(Claim("4. Composite, between cells", text, text, metric("gain"), ">=", threshold, "dB"))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, measure, check, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(EXPERIMENTS), help="some cells; nothing is written")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, one thread each")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    options = parser.parse_args(arguments)
    registry, names = load_registry(), options.only or list(EXPERIMENTS)
    chosen = {name: EXPERIMENTS[name] for name in names}
    if "mappo" in names:
        folder = run_all({BEHAVIOUR: Experiment(f"smax/{BEHAVIOUR}.yaml")}, registry, 1, SEEDS[:1])[BEHAVIOUR, SEEDS[0]]
        chosen["mappo"] = Experiment(TABLE, (f"algorithm.behaviour_run={folder}",))
    folders = run_all(chosen, registry, options.jobs, options.seeds)
    numbers = {key: evaluation(folder) for key, folder in folders.items()}
    claimed = [*claims(), *axis_claims(numbers)]
    claimed = [claim for claim in claimed if all((claim.experiment, seed) in numbers for seed in options.seeds)]
    tables, good = claim_tables(sorted(claimed, key=lambda claim: claim.group), numbers, options.seeds)
    head = HEAD.format(version=quorate.__version__, torch=torch.__version__, machine=platform.machine())
    text = "\n".join([head, tables, NOTE, *cell_table(numbers, options.seeds)])
    print(text)
    if options.only is None:
        draw(numbers, options.seeds)
        write_part("state inference in battles", text)
    return 0 if good else 1


def cell_table(numbers: Found, seeds: Sequence[int]) -> list[str]:
    """Every scheme in every cell."""
    lines = ["\n### Every cell\n", "PSNR in dB on training and held-out episodes, mean over the seeds.\n"]
    lines += [f"| cell | {' | '.join(SCHEMES)} |", "|---" * (len(SCHEMES) + 1) + "|"]
    for name in EXPERIMENTS:
        runs = [numbers[name, seed] for seed in seeds if (name, seed) in numbers]
        if runs and name != "some-agents":
            cells = [
                " -> ".join(mean(runs, f"{split}/{scheme}") for split in ("train", "held-out")) for scheme in SCHEMES
            ]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def mean(runs: Sequence[Numbers], label: str) -> str:
    """Of a PSNR."""
    return f"{statistics.mean(numbers[f'{label}/psnr'] for numbers in runs):.2f}"


def draw(numbers: Found, seeds: Sequence[int]) -> None:
    """Held-out PSNR of every scheme in every cell, a dot a seed."""
    cells = [name for name in EXPERIMENTS if name != "some-agents"]
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for number, scheme in enumerate(SCHEMES):
        found = [(at, numbers.get((cell, seed))) for at, cell in enumerate(cells) for seed in seeds]
        dots = [(at + 0.12 * (number - 2.5), run[held(scheme)]) for at, run in found if run is not None]
        axes.scatter(*zip(*dots, strict=True), s=14, color=f"C{number}", label=scheme)
    axes.set_xticks(range(len(cells)), cells, rotation=35, ha="right", fontsize=8)
    axes.set(ylabel="PSNR on held-out episodes, dB")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right center", frameon=False, fontsize=8)
    figure.savefig(ROOT / "docs" / "figures" / "smax-inference.png", dpi=120)


NOTE = """One claim fails, by 0.02 dB on the mean: with noise fixed at 1.0 a single agent's estimate is 0.32 dB above
the regression that was trained beside it, where 0.3 either way was allowed. That the composite gains little there, as
it must, is seen. precision-gate and precision-pool are above the composite in every cell. So is the honest baseline,
the product of one-shot regressions, but for the cells width-1024 and history-10; it is above precision-gate, too,
with a width of 64, a history of 1 and a sight of 5. The base cell with seeds 0 to 4 is stored as references of
`quorate reproduce`: composite 18.26 dB (17.87 to 18.49), precision-gate 1.92 dB above it.

![Held-out PSNR of every scheme in every cell](figures/smax-inference.png)
"""
HEAD = f"""## State inference in battles

Generated by `python examples/check_smax_inference.py` (Quorate {{version}}, torch {{torch}}, {{machine}}, one thread a
run). Each cell differs in one way from `examples/{TABLE}`. The state: {DIMENSIONS}.
PSNR is the dB of the mean squared error over 2,000 states and all features, peak 1; 20 denoiser calls. SMAX is no
StarCraft, and the sizes are those of a laptop: signs and orders compare with the paper's Table 1, levels do not."""

if __name__ == "__main__":
    sys.exit(main())
