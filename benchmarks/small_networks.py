"""Environment steps per processor second of MAPPO and IPPO with small networks, against JaxMARL's own IPPO script.

simple_spread with three agents and discrete actions, networks of two layers of 64 with tanh and without normalisation,
rollouts of 128 steps, 4 passes over each in 4 minibatches, one thread; learning and playing together. JaxMARL needs
an interpreter that has it (it may be this one), and a checkout of its repository, since its package lacks the script:

    python -m venv PEER && PEER/bin/pip install jaxmarl flax distrax six

Usage: python benchmarks/small_networks.py [--jaxmarl CHECKOUT] [--peer PEER/bin/python] [--repeats N] [--strict]
"""

import argparse
import statistics
import sys
from pathlib import Path

import harness
import torch

ROLLOUT, EPOCHS, MINIBATCHES = 128, 4, 4
TARGETS = {16: 1.0, 128: 1.3}
"""Environment steps per processor second over JaxMARL's, by number of environments."""
SCRIPT = Path("baselines", "IPPO", "ippo_ff_mpe.py")
PLAIN = "{hidden: [64, 64], activation: tanh, layer_norm: false}"


def own(name: str, environments: int) -> harness.Work:
    """A training step of ours."""
    return harness.algorithm(
        "mpe/simple-spread-v3",
        name,
        "environment.actions=discrete",
        f"algorithm.environments={environments}",
        f"algorithm.rollout={ROLLOUT}",
        f"algorithm.epochs={EPOCHS}",
        f"algorithm.minibatches={MINIBATCHES}",
        f"algorithm.actor={PLAIN}",
        f"algorithm.critic={PLAIN}",
    ).train_step


def compare(environments: int, options: argparse.Namespace) -> float | None:
    """Time all at one number of environments; how many times as fast as JaxMARL's script MAPPO is."""
    steps = environments * ROLLOUT
    works = {name: own(name, environments) for name in ("mappo", "ippo")}
    peer, times = None, {name: harness.Times() for name in works}
    if options.jaxmarl:
        sizes = environments, ROLLOUT, EPOCHS, MINIBATCHES, options.updates
        peer = harness.Peer(options.peer, "jaxmarl_ippo.py", options.jaxmarl / SCRIPT, *sizes)
        times["jaxmarl"] = harness.Times()
    for repeat in range(options.repeats + 1):
        for name, work in works.items():
            times[name].seconds.append(harness.seconds(work, options.updates) / steps)
        if peer is not None:
            times["jaxmarl"].seconds.append(float(peer.ask()) / options.updates / steps)
        if repeat == 0:  # warming up
            times = {name: harness.Times() for name in times}
    for name, taken in times.items():
        compiling = f"; compiling took {float(peer.first):.0f} s" if peer and name == "jaxmarl" else ""
        print(f"{environments:12}  {name:8}{1 / taken.least:10.0f}{1 / taken.median:10.0f}{compiling}", flush=True)
    if peer is None:
        return None
    peer.close()
    ratios = times["jaxmarl"].over(times["mappo"])
    print(f"{environments:12}  mappo over jaxmarl: {harness.spread(ratios)} (target {TARGETS.get(environments, 1)})\n")
    return statistics.median(ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jaxmarl", type=Path, help=f"a checkout of JaxMARL's repository, which has {SCRIPT}")
    parser.add_argument("--peer", type=Path, default=sys.executable, help="an interpreter that has jaxmarl (this one)")
    parser.add_argument("--environments", type=int, nargs="+", default=[*TARGETS], help="how many (%(default)s)")
    parser.add_argument("--updates", type=int, default=2, help="training steps of a measurement (%(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="measurements of each, interleaved (%(default)s)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    if options.jaxmarl and not (options.jaxmarl / SCRIPT).exists():
        parser.error(f"--jaxmarl: {options.jaxmarl.resolve()} has no {SCRIPT}; give a checkout of JaxMARL's repository")
    torch.set_num_threads(1)
    print(f"{harness.processor()}; torch {torch.__version__}; one thread; {options.repeats} repeats, interleaved")
    print(f"{'environments':>12}  {'':8}{'steps/s':>10}{'median':>10}  (of processor time)")
    reached = {count: compare(count, options) for count in options.environments}
    missed = [count for count, ratio in reached.items() if ratio is not None and ratio < TARGETS.get(count, 0)]
    return int(options.strict and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
