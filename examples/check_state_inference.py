"""Run the long experiments on state inference, check every claim about them, and write their part of docs/results.md.

    python examples/check_state_inference.py            # what is missing is run, two at a time; then all is checked
    python examples/check_state_inference.py --only 5x5 # some experiments; nothing is written

It exits 1 if a claim fails.
"""

import argparse
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from experiments import (
    REPORTED,
    SEEDS,
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

import quorate
from quorate.folders.files import write_json
from quorate.registry import Registry, load_registry
from quorate.run.progress import make_display
from quorate_state_inference.paper_figures import (
    Ranks,
    Subject,
    fixed_points,
    jacobian_rank,
    open_run,
    pool,
    posterior_frequencies,
    sample_responses,
    surrogate_bound,
)

WIDTHS = (32, 64, 256)

EXPERIMENTS = {
    "2x2": Experiment("state_inference/2x2.yaml", analyses=("fixed-points",)),
    "2x2-noisy": Experiment("state_inference/2x2-noisy.yaml", analyses=("fixed-points",)),
    "2x2-fixed-noise": Experiment("state_inference/2x2-fixed-noise.yaml", analyses=("fixed-points",)),
    "exact-5x5": Experiment("state_inference/exact-5x5.yaml"),
    "exact-5x5-fixed-noise": Experiment("state_inference/exact-5x5-fixed-noise.yaml"),
    "5x5": Experiment("state_inference/5x5.yaml"),
    "5x5-three": Experiment("state_inference/5x5-three.yaml"),
    "5x5-noisy": Experiment("state_inference/5x5-noisy.yaml"),
} | {
    f"5x5-width-{width}": Experiment(
        "state_inference/5x5-width.yaml", (f"algorithm.denoiser.width={width}",), ("jacobian-rank", "surrogate")
    )
    for width in WIDTHS
}


def claims() -> list[Claim]:
    """Thresholds are those set before the experiments were run."""
    found = []
    for name in ("2x2", "2x2-noisy"):
        group = "1. Fixed points on the 2x2 network"
        found += [
            Claim(group, f"{name}: consistent states without an attractor", name, metric("missing"), "<=", 0),
            Claim(group, f"{name}: mass away from consistent states", name, metric("spurious"), "<", 0.005),
            Claim(group, f"{name}: largest deviation of a fixed point", name, metric("max_deviation"), "<", 0.12),
            Claim(group, f"{name}: largest eigenvalue there", name, metric("max_eigenvalue"), "<", 0.6),
            Claim(group, f"{name}: mean total variation to the posterior", name, metric("variation"), "<", 0.03),
        ]
    shared = "2x2: share of joint histories whose only shared fixed point is the true state"
    control = "negative control, noise fixed at 1.0: consistent states without an attractor"
    found += [
        Claim(group, shared, "2x2", metric("shared_is_truth"), ">=", 1),
        Claim(group, control, "2x2-fixed-noise", metric("missing"), ">", 0),
    ]
    group = "2. The exact denoiser on the 5x5 network"
    fixed = "negative control, noise fixed at 0.5: composite of 100 steps"
    found += [
        Claim(group, "composite of one cycle: exact states", "exact-5x5", metric("test/composite/exact"), ">=", 1),
        Claim(group, "individual, at least", "exact-5x5", metric("test/individual/psnr"), ">=", 10, "dB"),
        Claim(group, "individual, at most", "exact-5x5", metric("test/individual/psnr"), "<=", 11, "dB"),
        Claim(group, fixed, "exact-5x5-fixed-noise", metric("test/composite/psnr"), "<", 15, "dB"),
    ]
    group, gain = "3. 5x5, two targets", difference("test/composite/psnr", "test/individual/psnr")
    found += [
        Claim(group, "composite", "5x5", metric("test/composite/psnr"), ">=", 34, "dB"),
        Claim(group, "composite less individual", "5x5", gain, ">=", 18, "dB"),
        Claim(group, "composite: exact states", "5x5", metric("test/composite/exact"), ">=", 0.98),
        Claim(group, "12 of 25 agents", "5x5", metric("test/partial-composite/psnr"), "<=", 18, "dB"),
    ]
    group, held = "4. Held-out states, and noisy sensors", "held-out/{}/psnr".format
    pooled = difference(held("product-of-experts"), held("composite"))
    noise = difference(held("product-of-experts(initial_noise=1.0)"), held("composite"))
    nothing = difference(held("product-of-experts"), held("composite(initial_noise=0.0)"))
    ceiling = difference("test/exact posterior mean/psnr", "test/product-of-experts/psnr")
    three = difference(held("composite"), held("individual"))
    found += [
        Claim(group, "three targets: composite less individual", "5x5-three", three, ">=", 8, "dB"),
        Claim(group, "three targets: product of experts less composite", "5x5-three", pooled, ">=", 8, "dB"),
        Claim(group, "three targets: the same, both started from zero", "5x5-three", nothing, ">=", 8, "dB"),
        Claim(group, "three targets: the same, both started from noise", "5x5-three", noise, REPORTED, 0, "dB"),
        Claim(group, "noisy: exact posterior mean less product of experts", "5x5-noisy", ceiling, "<=", 1.5, "dB"),
    ]
    group = "5. Acceptance checks and Jacobian ranks"
    checks = difference("held-out/composite/accepted_psnr", "held-out/composite/rejected_psnr")
    rate = metric("held-out/composite/accepted")
    return [
        *found,
        Claim(group, "three targets: accepted less rejected", "5x5-three", checks, ">=", 15, "dB"),
        Claim(group, "three targets: accepted", "5x5-three", rate, ">=", 0.4),
        Claim(group, "rank correlation over widths 32, 64, 256", "5x5-width", metric("rho"), "<=", -0.4),
        Claim(group, "Theorem 6 at the median epsilon, width 256", "5x5-width-256", metric("covered"), ">=", 0.95),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, measure, check, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(EXPERIMENTS), help="some experiments; nothing is written")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    options = parser.parse_args(arguments)
    registry, names = load_registry(), options.only or list(EXPERIMENTS)
    folders = run_all({name: EXPERIMENTS[name] for name in names}, registry, options.jobs)
    numbers = measure_all(folders, registry)
    claimed = [claim for claim in claims() if (claim.experiment, SEEDS[0]) in numbers]
    tables, good = claim_tables(claimed, numbers)
    head = HEAD.format(version=quorate.__version__, torch=torch.__version__, machine=platform.machine())
    text = "\n".join([head, tables, *scheme_table(numbers)])
    print(text)
    if options.only is None:
        write_part("state inference", text)
    return 0 if good else 1


def measure_all(folders: dict[tuple[str, int], Path], registry: Registry) -> dict[tuple[str, int], Numbers]:
    """The numbers of all runs, and the rank correlations over the widths."""
    torch.set_num_threads(1)
    numbers: dict[tuple[str, int], Numbers] = {}
    ranks: dict[int, list[Ranks]] = {seed: [] for seed in SEEDS}
    for (name, seed), folder in folders.items():
        numbers[name, seed] = measure(EXPERIMENTS[name], folder, registry, ranks[seed])
    for seed, found in ranks.items():
        if len(found) == len(WIDTHS):
            numbers["5x5-width", seed] = {"rho": float(pool(found).summary()["rho_relative"] or 0.0)}
    return numbers


def measure(experiment: Experiment, folder: Path, registry: Registry, ranks: list[Ranks]) -> Numbers:
    """The final evaluation of a run, and what its analyses add."""
    numbers = evaluation(folder)
    if not experiment.analyses:
        return numbers
    with open_run(folder, registry, make_display(True)) as (algorithm, _):
        subject = Subject.of(algorithm)
        if "fixed-points" in experiment.analyses:
            found = fixed_points(subject)
            numbers |= {name: float(getattr(found, name)) for name in ("missing", "spurious")}
            numbers |= {name: float(getattr(found, name)) for name in ("max_deviation", "max_eigenvalue")}
            numbers["shared_is_truth"] = float(found.shared_is_truth or 0.0)
            numbers["variation"] = posterior_frequencies(subject, found).summary()["total_variation_mean"]
        if "jacobian-rank" in experiment.analyses:
            responses = sample_responses(subject)
            ranks.append(jacobian_rank(responses))
            bound = surrogate_bound(responses, subject.effort.centres).summary()
            numbers |= {"covered": float(bound["covered"]), "monotone": float(bound["monotone"])}
    write_json(folder / "checked.json", numbers)
    return numbers


def scheme_table(numbers: Found) -> list[str]:
    """Every scheme of every experiment."""
    lines = ["\n### Every scheme\n", "PSNR in dB, mean ± deviation over the seeds; the share of exact states.\n"]
    lines += ["| experiment | split and scheme | PSNR | exact | accepted |", "|---|---|---|---|---|"]
    for name in EXPERIMENTS:
        for key in numbers.get((name, SEEDS[0]), {}):
            if key.endswith("/psnr"):
                lines.append(scheme_row(name, key.removesuffix("/psnr"), [numbers[name, seed] for seed in SEEDS]))
    return lines


def scheme_row(name: str, label: str, runs: list[Numbers]) -> str:
    """One line of the table of schemes."""
    psnr = [numbers[f"{label}/psnr"] for numbers in runs]
    cells = [f"{statistics.mean(psnr):.2f} ± {statistics.stdev(psnr):.2f}"]
    for other in ("exact", "accepted"):
        found = [numbers[f"{label}/{other}"] for numbers in runs if f"{label}/{other}" in numbers]
        cells.append(f"{statistics.mean(found):.3f}" if found else "")
    return f"| {name} | {label} | {' | '.join(cells)} |"


HEAD = """## State inference

Generated by `python examples/check_state_inference.py` (Quorate {version}, torch {torch}, {machine}, one thread a
run). The configurations are `examples/state_inference/*.yaml`; each is run with seeds 0, 1 and 2, and a claim holds if
it does for every seed. Deviations are standard deviations over seeds."""

if __name__ == "__main__":
    sys.exit(main())
