"""Environment frames per second of MAPPO on simple_spread, end to end, against BenchMARL's on vmas.

Three agents, 20 environments, rollouts of 4000 frames, 5 passes over each, networks of two layers of 128 with tanh
and without normalisation on both sides, one thread. BenchMARL needs an environment of its own:

    python -m venv PATH && PATH/bin/pip install torch==2.13.0 && PATH/bin/pip install benchmarl vmas

Usage: python benchmarks/mappo_steps.py [--peer PATH/bin/python] [--repeats N] [--strict]
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import harness
import torch

from quorate.interfaces import Algorithm

ENVIRONMENTS, FRAMES, EPOCHS, WIDTH = 20, 4000, 5, 128
TARGET = 2.0
"""Frames per second over BenchMARL's."""
PLAIN = "{activation: tanh, layer_norm: false}"
SETTINGS = {
    "quorate, as the peer's": [f"algorithm.actor={PLAIN}", f"algorithm.critic={PLAIN}"],
    "quorate, its defaults": [],
}


def own(algorithm: Algorithm) -> float:
    start = time.process_time()
    algorithm.train_step()
    return time.process_time() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, help="the interpreter of an environment that has BenchMARL")
    parser.add_argument("--repeats", type=int, default=7, help="iterations of each (%(default)s)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where the target is missed")
    given = parser.parse_args()
    torch.set_num_threads(1)
    algorithms = {
        name: harness.algorithm("mpe/simple-spread-v3", "mappo", *overrides) for name, overrides in SETTINGS.items()
    }
    sizes = ENVIRONMENTS, FRAMES, EPOCHS, WIDTH
    peer = harness.Peer(given.peer, "benchmarl_mappo.py", *sizes) if given.peer else None
    seconds: dict[str, list[float]] = {name: [] for name in [*algorithms, *(["benchmarl"] if peer else [])]}
    for repeat in range(given.repeats + 1):
        for name, algorithm in algorithms.items():
            seconds[name].append(own(algorithm))
        if peer is not None:
            seconds["benchmarl"].append(float(peer.ask()))
        if repeat == 0:  # warming up
            seconds = {name: [] for name in seconds}
    print(f"{harness.processor()}; torch {torch.__version__}; one thread; processor time; {given.repeats} repeats")
    for name, taken in seconds.items():
        best, middle = FRAMES / min(taken), FRAMES / statistics.median(taken)
        print(f"{name:24} {best:8.0f} frames/s at best, {middle:8.0f} in the median")
    if peer is None:
        print("no --peer: nothing to compare with")
        return 0
    peer.close()
    ratios = [its / mine for its, mine in zip(seconds["benchmarl"], seconds[next(iter(SETTINGS))], strict=True)]
    print(f"quorate over benchmarl: {harness.spread(ratios)} (target {TARGET})")
    return int(given.strict and statistics.median(ratios) < TARGET)


if __name__ == "__main__":
    sys.exit(main())
