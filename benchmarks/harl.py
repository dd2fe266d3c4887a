"""Environment steps per processor second of HAPPO and MAPPO on MaMuJoCo's Ant 4x2, against HARL's own.

At the sizes of HARL's published configuration of the task, which the presets `harl-ant-4x2` have: 20 environments,
rollouts of 200 steps, 5 passes over each in one batch, networks of three layers of 128, all agents see the whole state;
one thread, learning and playing together. HARL is its own code, run from a checkout of its repository in an interpreter
that has torch, gymnasium-robotics and what else it imports (it may be this one):

    pip install --no-deps setproctitle tensorboardX absl-py

Its environment is the one of gymnasium-robotics, since its own needs mujoco-py (see `peers/harl_happo.py`). It is timed
with all environments in one process, and with a process for each, as HARL has it by itself; the time of all counts.
Usage: python benchmarks/harl.py [--harl CHECKOUT] [--peer PYTHON] [--repeats N] [--quick] [--strict]
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import harness
import torch

from quorate.learning.on_policy.algorithm import OnPolicy

ALGORITHMS = ("happo", "mappo")
PLACES = {"one": "HARL, one process", "many": "HARL, 21 processes"}
ENVIRONMENTS, ROLLOUT = 20, 200
TARGET = 1.0
"""Environment steps per processor second over those of HARL in one process."""
SCRIPT = Path("harl", "runners", "on_policy_ha_runner.py")
Pair = tuple[float, float]
"""Seconds of some updates, and of them those of the environment."""


class Own:
    """Ours, whose environment is timed too."""

    def __init__(self, name: str, updates: int) -> None:
        built = harness.algorithm("mamujoco/ant-4x2-v1", f"{name}/harl-ant-4x2", "environment.obsk=null")
        assert isinstance(built, OnPolicy)
        self._built, self._updates, self._inside = built, updates, 0.0
        patch.object(built.environment, "step", self._clocked(built.environment.step)).start()

    def ask(self) -> Pair:
        """Some updates."""
        self._inside = 0.0
        return harness.seconds(self._built.train_step, self._updates) * self._updates, self._inside

    def _clocked(self, step: Any) -> Any:
        def clocked(*given: Any) -> Any:
            start = time.process_time()
            found = step(*given)
            self._inside += time.process_time() - start
            return found

        return clocked


def their(peer: harness.Peer) -> Pair:
    """Some updates of HARL's."""
    whole, inside = map(float, peer.ask().split())
    return whole, inside


def compare(name: str, options: argparse.Namespace) -> float | None:
    """Time all with one algorithm; how many times as fast as HARL's ours is."""
    own, steps = Own(name, options.updates), ENVIRONMENTS * ROLLOUT * options.updates
    peers = {
        PLACES[place]: harness.Peer(options.peer, "harl_happo.py", options.harl, name, place, options.updates)
        for place in (PLACES if options.harl else ())
    }
    works = {"ours": own.ask} | {label: lambda peer=peer: their(peer) for label, peer in peers.items()}
    whole = {label: harness.Times() for label in works}
    inside = {label: harness.Times() for label in works}
    for repeat in range(options.repeats + 1):
        for label, work in works.items():
            taken = work()
            if repeat:  # the first warms up
                whole[label].seconds.append(taken[0] / steps)
                inside[label].seconds.append(taken[1] / steps)
    for label in works:
        all_of, part = whole[label], inside[label].median
        print(
            f"{name:8}{label:20}{1 / all_of.least:9.0f}{1 / all_of.median:9.0f}"
            f"{1e6 * part:13.0f}{1e6 * (all_of.median - part):9.0f}",
            flush=True,
        )
    for label, peer in peers.items():
        peer.close()
        print(f"  ours over {label}: {harness.spread(whole[label].over(whole['ours']))}", end="")
        print(f"; environment {harness.spread(inside[label].over(inside['ours']))}", end="")
        print(f"; the rest {harness.spread(rest(label, whole, inside).over(rest('ours', whole, inside)))}", end="")
        print(f" (target {TARGET:g})" if label == PLACES["one"] else "", flush=True)
    first = PLACES["one"]
    return statistics.median(whole[first].over(whole["ours"])) if first in whole else None


def rest(label: str, whole: dict[str, harness.Times], inside: dict[str, harness.Times]) -> harness.Times:
    """What is not the environment's."""
    return harness.Times([a - b for a, b in zip(whole[label].seconds, inside[label].seconds, strict=True)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--harl", type=Path, help=f"a checkout of HARL's repository, which has {SCRIPT}")
    parser.add_argument("--peer", type=Path, default=sys.executable, help="an interpreter that has its imports (this)")
    parser.add_argument("--algorithms", nargs="+", choices=ALGORITHMS, default=list(ALGORITHMS), help="(all)")
    parser.add_argument("--updates", type=int, default=1, help="training steps of a measurement (%(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="measurements of each, interleaved (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    if options.harl and not (options.harl / SCRIPT).exists():
        parser.error(f"--harl: {options.harl.resolve()} has no {SCRIPT}; give a checkout of HARL's repository")
    torch.set_num_threads(1)
    options.repeats = min(options.repeats, 3) if options.quick else options.repeats
    print(f"{harness.processor()}; torch {torch.__version__}; one thread; {options.repeats} repeats, interleaved")
    print("environment steps per second of processor time, and microseconds of it for each step, in the median")
    print(f"{'':28}{'steps/s':>9}{'median':>9}{'environment':>13}{'rest':>9}")
    ratios = [compare(name, options) for name in options.algorithms]
    if not options.harl:
        print("no --harl: nothing to compare with")
    return int(options.strict and any(ratio is not None and ratio < TARGET for ratio in ratios))


if __name__ == "__main__":
    sys.exit(main())
