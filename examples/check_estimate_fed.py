"""Feed policies with estimates of the state, check every claim about it, and write its part of docs/results.md.

    python examples/check_estimate_fed.py               # what is missing is run, two at a time; then all is checked
    python examples/check_estimate_fed.py --only main   # some groups of runs; nothing is written
    python examples/check_estimate_fed.py --quick       # tiny budgets: shows that all works; nothing is written

It exits 1 if a claim fails. Oracles and estimators are checked before anything learns to act.
"""

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from experiments import (
    REPORTED,
    ROOT,
    SEEDS,
    Claim,
    Experiment,
    Numbers,
    claim_tables,
    evaluation,
    metric,
    spread,
    write_part,
)
from experiments import run_all as run_them
from matplotlib.figure import Figure
from torch import Tensor
from typing_extensions import override

import quorate
from quorate.config import compose
from quorate.interfaces import HistoryBuffer, InferenceScheme, Step
from quorate.registry import Registry, load_registry
from quorate.run import read_run
from quorate.run.loading import saved_runs
from quorate_sensor_network.control import Believe, filtered, play, pooled, random_value, true_state
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.local import LocalTables
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_state_inference.schemes.composite import Composite
from quorate_state_inference.schemes.individual import Individual
from quorate_state_inference.schemes.product_of_experts import ProductOfExperts
from quorate_state_inference.settings import CompositeSettings, IndividualSettings, ProductOfExpertsSettings
from quorate_state_inference.sources import read_denoiser

PREFIX = "estimate-fed-"
"""Of the names of runs."""
HORIZON = 20
AGENTS = 9
FILTER_OPTIMUM = 23.6
"""Return of the best matching on the exact filter; nothing decentralised that sees no state can pass it."""
FIGURE = ROOT / "docs" / "figures" / "estimate-fed.png"
QUICK_DENOISER = ("budget.train_steps=50", "algorithm.samples=4000", "algorithm.evaluation_samples=20")
QUICK_POLICY = ("budget.train_steps=2", "evaluation={episodes: 50, environments: 50}")

Folders = dict[tuple[str, int], Path]


@dataclass(frozen=True)
class Chained(Experiment):
    """An experiment that builds on earlier runs of the same seed: ``@name`` in an override is such a run's folder."""

    before: Folders = field(default_factory=dict)

    @override
    def arguments(self, name: str, seed: int) -> list[str]:
        words = super().arguments(name, seed)
        names = sorted({earlier for earlier, _ in self.before}, key=len, reverse=True)
        for earlier in names:
            folder = self.before[earlier, seed].relative_to(ROOT)
            words = [word.replace(f"@{earlier}", str(folder)) for word in words]
        return words


def estimate(denoiser: str, mean: float, scheme: str = "composite", **more: str) -> str:
    """The override that makes policies see an estimate which starts from the states' mean."""
    effort = f"steps: {AGENTS}" if scheme == "composite" else "rounds: 1"
    inference = f"{{name: {scheme}, {effort}, initial_noise: 0, initial_mean: {mean:.8f}}}"
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return f"algorithm.input={{name: estimate, run: '@{denoiser}', inference: {inference}{rest}}}"


def environment(name: str) -> str:
    """The override that chooses a control task."""
    return f"environment={{name: sensor-network/control-3x3-{name}}}"


TWO, THREE = 2 / 12, 3 / 12
HISTORY = "algorithm.input={name: history, length: 3}"
NOISE = "algorithm.input={name: estimate, run: '@denoiser', inference: {name: composite, steps: 9, initial_noise: 1.0}}"

ALONE = "algorithm.pool_histories=false"
"""Denoisers of one history at a time: their estimates depend most on whose histories they were trained on."""

DENOISERS = {
    "denoiser": (),
    "three-denoiser": (environment("three-v1"), "algorithm.history_length=4"),
    "clear-denoiser": (environment("clear-v1"),),
    "respawn-denoiser": (environment("respawn-v1"), ALONE),
}
GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "main": {
        "local": (),
        "history": (HISTORY,),
        "composite": (estimate("denoiser", TWO),),
        "product-of-experts": (estimate("denoiser", TWO, "product-of-experts"),),
        "pooled-posterior": ("algorithm.input={name: exact-posterior, history_length: 1}",),
        "pooled-three": ("algorithm.input={name: exact-posterior, history_length: 3}",),
        "filter": ("algorithm.input={name: exact-posterior}",),
        "state": ("algorithm.input={name: state}",),
    },
    "controls": {
        "shuffled": (estimate("denoiser", TWO, shuffle="true"),),
        "noise-start": (NOISE,),
        "clear-history": (environment("clear-v1"), HISTORY),
        "clear-composite": (environment("clear-v1"), estimate("clear-denoiser", TWO)),
    },
    "false-alarms": {
        "three-composite": (environment("three-v1"), estimate("three-denoiser", THREE)),
        "three-experts": (environment("three-v1"), estimate("three-denoiser", THREE, "product-of-experts")),
    },
    "respawn": {"respawn": (environment("respawn-v1"), estimate("respawn-denoiser", TWO))},
}
RETRAINED = {
    "respawn-denoiser-again": (environment("respawn-v1"), ALONE, "algorithm.behaviour_run=@respawn"),
    "respawn-again": (environment("respawn-v1"), estimate("respawn-denoiser-again", TWO)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, measure, check, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=sorted(GROUPS), help="some groups; nothing is written")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    parser.add_argument("--quick", action="store_true", help="tiny budgets and one seed; nothing is written")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    groups, seeds = options.only or list(GROUPS), SEEDS[:1] if options.quick else SEEDS
    plan = Plan(load_registry(), options.jobs, seeds, options.quick)
    found: dict[tuple[str, int], Numbers] = {}
    oracles(found, seeds, plan.quick)
    plan.denoisers(groups)
    estimators(found, plan)
    plan.policies(groups)
    for name, seed in plan.folders:
        if "denoiser" not in name:
            found[name, seed] = evaluation(plan.folders[name, seed])
    compare(found, plan)
    told = [claim for claim in claims() if (claim.experiment, seeds[0]) in found]
    tables, good = claim_tables(told, found, seeds)
    head = HEAD.format(version=quorate.__version__, torch=torch.__version__, machine=platform.machine())
    print(text := f"{head}\n{tables}")
    if options.only is None and not options.quick:
        draw(found, seeds)
        write_part("estimate-fed", text)
    return 0 if good else 1


@dataclass
class Plan:
    """Which runs there must be, and the folders of those there are."""

    registry: Registry
    jobs: int
    seeds: Sequence[int]
    quick: bool
    folders: Folders = field(default_factory=dict)

    def denoisers(self, groups: Sequence[str]) -> None:
        """Train what the groups need."""
        wanted = "".join(word for group in groups for words in GROUPS[group].values() for word in words)
        self._run("denoiser.yaml", {name: words for name, words in DENOISERS.items() if f"@{name}'" in wanted})

    def policies(self, groups: Sequence[str]) -> None:
        """Train the policies, and where caught targets jump both parts once more."""
        for group in groups:
            self._run("mappo.yaml", GROUPS[group])
        if "respawn" in groups:
            for name, words in RETRAINED.items():
                self._run("denoiser.yaml" if "denoiser" in name else "mappo.yaml", {name: words})

    def _run(self, file: str, experiments: Mapping[str, tuple[str, ...]]) -> None:
        quick = () if not self.quick else QUICK_DENOISER if file == "denoiser.yaml" else QUICK_POLICY
        chained = {
            PREFIX + name: Chained(f"estimate_fed/{file}", (*words, *quick), before=dict(self.folders))
            for name, words in experiments.items()
        }
        found = run_them(chained, self.registry, self.jobs, self.seeds)
        self.folders |= {(name.removeprefix(PREFIX), seed): folder for (name, seed), folder in found.items()}


def make_network(name: str, registry: Registry, batch: int = 1000) -> SensorNetwork:
    """Environments of a control task."""
    run = compose(ROOT / "examples" / "estimate_fed" / "mappo.yaml", [environment(name)], registry).settings
    built: SensorNetwork = run.environment.build(batch=batch, device=torch.device("cpu"))
    return built


def oracles(found: dict[tuple[str, int], Numbers], seeds: Sequence[int], quick: bool) -> None:
    """Exact values of a step of the main task."""
    batch = 200 if quick else 1000
    environment = make_network("v1", load_registry(), batch)
    settings: SensorNetworkSettings = environment.settings
    local = LocalTables(settings, at_reset=True).optimise(10, torch.Generator().manual_seed(0))
    played = LocalTables(settings).optimise(10, torch.Generator().manual_seed(0))
    for seed in seeds:
        values = {
            "state": play(environment, true_state, seed).mean,
            "filter": play(environment, filtered(environment), seed).mean,
            "pooled": play(environment, pooled(environment), seed).mean,
        }
        found["oracles", seed] = {**values, "local": local, "local played": played, "random": random_value(settings)}


def estimators(found: dict[tuple[str, int], Numbers], plan: Plan) -> None:
    """The value of a step of the best matching on learned estimates, before any policy is learned."""
    start: dict[str, Any] = {"initial_noise": 0.0, "checks": False}
    schemes: dict[str, tuple[Callable[[float], InferenceScheme], int]] = {
        "composite": (lambda mean: Composite(CompositeSettings(steps=AGENTS, initial_mean=mean, **start)), 0),
        "two cycles": (lambda mean: Composite(CompositeSettings(steps=2 * AGENTS, initial_mean=mean, **start)), 0),
        "from noise": (lambda mean: Composite(CompositeSettings(steps=AGENTS, checks=False)), 0),
        "experts": (lambda mean: ProductOfExperts(ProductOfExpertsSettings(rounds=1, initial_mean=mean, **start)), 0),
        "corner": (lambda mean: Individual(IndividualSettings(steps=10, checks=False)), 0),
        "centre": (lambda mean: Individual(IndividualSettings(steps=10, checks=False)), AGENTS // 2),
    }
    for name, task, mean in (("denoiser", "v1", TWO), ("three-denoiser", "three-v1", THREE)):
        for seed in plan.seeds:
            if (name, seed) in plan.folders:
                environment = make_network(task, plan.registry)
                found[f"matching on {name}", seed] = {
                    label: play(
                        environment, inferred(environment, plan.folders[name, seed], make(mean), agent), 77
                    ).mean
                    for label, (make, agent) in schemes.items()
                }


def inferred(environment: SensorNetwork, folder: Path, scheme: InferenceScheme, agent: int) -> Believe:
    """What an agent believes who infers with a trained denoiser (`agent` counts where each decides alone)."""
    denoiser, layout = read_denoiser(saved_runs(load_registry())(folder), environment.spec, environment.device)
    buffer = HistoryBuffer(layout, environment.batch, environment.device)
    randomness = torch.Generator().manual_seed(0)

    def believe(step: Step) -> Tensor:
        buffer.push(step.observation)
        states = scheme.infer(denoiser, buffer.histories, randomness).states
        return states[:, min(agent, states.shape[1] - 1)]

    return believe


def compare(found: dict[tuple[str, int], Numbers], plan: Plan) -> None:
    """Numbers that take several runs."""

    def returns(name: str) -> dict[int, float]:
        return {seed: found[name, seed]["return/mean"] for seed in plan.seeds if (name, seed) in found}

    arms = {name: returns(name) for name in (*(arm for group in GROUPS.values() for arm in group), *RETRAINED)}
    for seed in plan.seeds:
        if arms["composite"]:
            low, high = arms["history"][seed], arms["state"][seed]
            found["gap", seed] = {
                "worst": min(arms["composite"].values()) - max(arms["history"].values()),
                "closed": (arms["composite"][seed] - low) / (high - low),
                "experts": (arms["product-of-experts"][seed] - low) / (high - low),
                "filter": (arms["filter"][seed] - low) / (high - low),
                "leak": arms["composite"][seed] - 3 * found["composite", seed]["return/std"] / 1000**0.5,
                "share": inference_share(plan.folders["composite", seed], plan.registry),
            }
        if arms["shuffled"] and arms["local"]:
            found["shuffled less local", seed] = {"difference": arms["shuffled"][seed] - arms["local"][seed]}
        if arms["clear-composite"]:
            found["clear", seed] = {"difference": arms["clear-composite"][seed] - arms["clear-history"][seed]}
        if arms["three-experts"]:
            found["three", seed] = {"difference": arms["three-experts"][seed] - arms["three-composite"][seed]}
        if arms["respawn-again"]:
            fixed = transplanted(plan.folders["respawn", seed], plan.folders["respawn-denoiser-again", seed], plan)
            gains = [arms["respawn-again"][s] - arms["respawn"][s] for s in plan.seeds]
            found["retrained", seed] = {
                "gain": gains[plan.seeds.index(seed)],
                "mean": statistics.mean(gains),
                "fixed": fixed - arms["respawn"][seed],
            }


def inference_share(folder: Path, registry: Registry, steps: int = 10) -> float:
    """The share of training steps that goes into estimates, measured on a finished run of MAPPO."""
    spent = 0.0

    def timed(infer: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            nonlocal spent
            begin = time.process_time()
            result = infer(*arguments, **keywords)
            spent += time.process_time() - begin
            return result

        return call

    stored = read_run(registry, folder)
    with stored.opened(stored.device) as opened:
        algorithm: Any = opened
        algorithm.train_step()
        algorithm.input.scheme.infer = timed(algorithm.input.scheme.infer)
        begin = time.process_time()
        for _ in range(steps):
            algorithm.train_step()
        return spent / (time.process_time() - begin)


def transplanted(folder: Path, denoiser: Path, plan: Plan) -> float:
    """The return of a policy that is fed by another denoiser than it has learned with."""
    stored = read_run(plan.registry, folder)
    with stored.opened(stored.device) as opened:
        algorithm: Any = opened
        algorithm.input.load_state_dict({"denoiser": saved_runs(plan.registry)(denoiser).state["denoiser"]})
        with stored.evaluator(algorithm) as evaluate:
            return float(evaluate()["return/mean"])


def away(name: str, expected: float) -> Callable[[Numbers], float]:
    """How far a number is from what it must be."""
    return lambda numbers: abs(numbers[name] - expected)


def claims() -> list[Claim]:
    """Thresholds are those set before the experiments were run."""
    group = "Exact values of a step, distance from what was computed independently"
    exact = {"state": (1.30, 0.02), "filter": (1.18, 0.02), "pooled": (1.03, 0.02), "local": (0.267, 0.001)}
    exact["random"] = (-0.51, 0.02)
    text = {
        "state": "matching on the true state",
        "filter": "matching on the exact filter",
        "pooled": "matching on the posterior given the present observations",
        "local": "person-by-person optimum without sharing",
        "random": "random scans",
    }
    found = [
        Claim(group, f"{text[name]}: {value:g}", "oracles", away(name, value), "<=", margin)
        for name, (value, margin) in exact.items()
    ]
    found.append(
        Claim(group, "without sharing, averaged over the episode", "oracles", metric("local played"), REPORTED, 0)
    )
    found += estimator_claims() + policy_claims()
    return found


def estimator_claims() -> list[Claim]:
    """What estimates are worth before any policy is learned."""
    group, main = "Value of a step of the best matching on learned estimates", "matching on denoiser"
    three = "matching on three-denoiser"
    return [
        Claim(group, "composite of one cycle, from the prior mean", main, metric("composite"), ">=", 1.06),
        Claim(group, "the same, from noise", main, metric("from noise"), "<=", 1.03),
        Claim(group, "a corner agent alone", main, metric("corner"), "<=", 0.45),
        Claim(group, "the centre agent alone", main, metric("centre"), "<=", 0.45),
        Claim(group, "composite of two cycles", main, metric("two cycles"), REPORTED, 0),
        Claim(group, "product of experts, one round", main, metric("experts"), REPORTED, 0),
        Claim(group, "three targets and false alarms: composite", three, metric("composite"), REPORTED, 0),
        Claim(group, "three targets and false alarms: product of experts", three, metric("experts"), REPORTED, 0),
    ]


def policy_claims() -> list[Claim]:
    """What policies earn."""
    group, earned = "Return of 20 steps of MAPPO by what its policies see", metric("return/mean")
    bounds = [
        ("local", "own observation", ((">=", 4.5), ("<=", 5.6))),
        ("history", "own last three observations", ((">=", 11.5), ("<=", 13))),
        ("composite", "composite estimate", ((">=", 20.5),)),
        ("product-of-experts", "product-of-experts estimate", ((">=", 20.3),)),
        ("pooled-posterior", "exact posterior given the present observations", ((REPORTED, 0),)),
        ("pooled-three", "exact posterior given the last three observations", ((REPORTED, 0),)),
        ("filter", "exact filter", ((REPORTED, 0),)),
        ("state", "true state", ((">=", 24.8),)),
        ("noise-start", "composite estimate from noise", ((REPORTED, 0),)),
    ]
    found = [
        Claim(group, text, name, earned, relation, limit) for name, text, limits in bounds for relation, limit in limits
    ]
    found += [
        Claim(group, "worst composite less best history", "gap", metric("worst"), ">", 7),
        Claim(
            group,
            "composite less three standard errors (a leak would pass)",
            "gap",
            metric("leak"),
            "<=",
            FILTER_OPTIMUM,
        ),
    ]
    group = "Share of the gap between history and true state that is closed"
    found += [
        Claim(group, "composite", "gap", metric("closed"), ">=", 0.6),
        Claim(group, "product of experts", "gap", metric("experts"), REPORTED, 0),
        Claim(group, "exact filter", "gap", metric("filter"), REPORTED, 0),
    ]
    group, change = "Controls, retraining and cost", metric("difference")
    shuffled = "estimates shuffled across the batch, less own observation"
    alarms = "three targets, false alarms: product of experts less composite"
    retrained = "caught targets jump: gain of retraining both, mean of the seeds"
    return [
        *found,
        Claim(group, shuffled, "shuffled less local", change, "<=", 0.5),
        Claim(group, "no misses: composite less history", "clear", change, "<=", 1),
        Claim(group, alarms, "three", change, ">=", 1),
        Claim(group, retrained, "retrained", metric("mean"), ">=", 0.4),
        Claim(group, "the same, each seed", "retrained", metric("gain"), REPORTED, 0),
        Claim(group, "the same, the denoiser only", "retrained", metric("fixed"), REPORTED, 0),
        Claim(group, "share of training time that inference takes", "gap", metric("share"), "<=", 0.10),
    ]


def draw(found: Mapping[tuple[str, int], Numbers], seeds: Sequence[int]) -> None:
    """The returns by what policies see, between the exact values."""
    arms = {
        "local": "own observation",
        "history": "own history of 3",
        "noise-start": "composite, from noise",
        "product-of-experts": "product of experts",
        "composite": "composite",
        "filter": "exact filter",
        "state": "true state",
    }
    figure = Figure(figsize=(7.0, 3.4), layout="constrained")
    axes = figure.subplots()
    for row, name in enumerate(arms):
        values = [found[name, seed]["return/mean"] for seed in seeds]
        colour = "tab:blue" if name in ("composite", "product-of-experts", "noise-start") else "0.6"
        axes.barh(row, statistics.mean(values), color=colour, height=0.7)
        axes.plot(values, [row] * len(values), "k.", markersize=4)
        axes.text(0.3, row, spread(values, 3), va="center", fontsize=8, color="white")
    for name, text in (("pooled", "pooled"), ("filter", "filter"), ("state", "state")):
        value = HORIZON * statistics.mean(found["oracles", seed][name] for seed in seeds)
        axes.axvline(value, color="0.3", linestyle=":", linewidth=1)
        axes.text(value, -0.4, f"best on {text}", rotation=90, va="bottom", ha="right", fontsize=7)
    axes.set_yticks(range(len(arms)), list(arms.values()))
    axes.set(xlabel="return of 20 steps", xlim=(0, 31))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FIGURE, dpi=150)


HEAD = """## State estimates as policy input

Generated by `python examples/check_estimate_fed.py` (Quorate {version}, torch {torch}, {machine}, one thread a run).
The configurations are `examples/estimate_fed/*.yaml`; each is run with seeds 0, 1 and 2, every seed with a denoiser of
its own, and a claim holds if it does for every seed. Returns are means of 1000 episodes, standard error about 0.1, with
the same targets for all inputs of a seed. The critic sees the true state in all runs, the policies where it says so.
The posteriors given the last observations stand for pooling all that the sensors detect: they need each sensor's
observations everywhere, the composite one estimate that goes around once. What they earn is what pooling alone gives.

![Returns by what policies see](figures/estimate-fed.png)"""

if __name__ == "__main__":
    sys.exit(main())
