"""The time of a step of an environment in another interpreter, against the same environment in this process.

Both are this interpreter's installation, so that nothing differs but the process. Times are of the wall, since two
processes take part; on a machine that is busy with other things, look at the least.
Usage: python benchmarks/isolation.py [--python PATH] [--quick] [--strict]
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import harness
import torch

from quorate.config import compose
from quorate.environments import build_environment
from quorate.interfaces import Environment
from quorate.registry import load_registry

WORLDS = {
    "native, light": "{name: sensor-network/2x2-v1}",
    "PettingZoo": "{name: pettingzoo, module: mpe2.simple_spread_v3, arguments: {continuous_actions: true}}",
}
BATCHES = (1, 128)
TARGET = 100.0
"""Microseconds that isolation may add to a step, at the least of the repeats."""


def build(world: str, batch: int, python: Path | None) -> Environment:
    given = world if python is None else world.replace("{", "{interpreter: other, ", 1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(f"environment: {given}\nalgorithm: mappo\nbudget: {{train_steps: 1}}\n")
        registry = load_registry(interpreters={} if python is None else {"other": str(python)})
        return build_environment(compose(file, (), registry).settings.environment, batch)


def seconds(environment: Environment, actions: torch.Tensor, steps: int) -> float:
    start = time.perf_counter()
    for _ in range(steps):
        environment.step(actions)
    return (time.perf_counter() - start) / steps


def still(environment: Environment) -> torch.Tensor:
    """Actions that do nothing much."""
    spaces = environment.spec.action_spaces
    if shape := spaces[0].shape:
        return torch.zeros(environment.batch, len(spaces), *shape)
    return torch.zeros(environment.batch, len(spaces), dtype=torch.int64)


def compare(world: str, batch: int, python: Path, repeats: int) -> tuple[harness.Times, harness.Times]:
    """Times of a step here and there, in turn."""
    pair = [build(world, batch, None), build(world, batch, python)]
    times = harness.Times(), harness.Times()
    for environment in pair:
        environment.reset(0)
    steps = max(5, round(0.05 / seconds(pair[0], still(pair[0]), 20)))
    for _ in range(repeats):
        for environment, taken in zip(pair, times, strict=True):
            taken.seconds.append(seconds(environment, still(environment), min(steps, 500)))
    for environment in pair:
        environment.close()
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the other interpreter (this one)")
    parser.add_argument("--repeats", type=int, default=31, help="measurements of each (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where the target is missed")
    given = parser.parse_args()
    repeats = min(given.repeats, 3) if given.quick else given.repeats
    torch.set_num_threads(1)
    print(f"{harness.processor()}; torch {torch.__version__}; one thread; wall time; {repeats} repeats, interleaved")
    print(f"{'environment':16}{'batch':>6}{'here us':>9}{'there us':>9}{'more us':>8}{'ratio':>7}   at the median")
    missed = 0
    for name, world in WORLDS.items():
        for batch in BATCHES:
            here, there = compare(world, batch, given.python, repeats)
            more = 1e6 * (there.least - here.least)
            missed += more > TARGET
            median = statistics.median(1e6 * (b - a) for a, b in zip(here.seconds, there.seconds, strict=True))
            print(
                f"{name:16}{batch:6}{1e6 * here.least:9.0f}{1e6 * there.least:9.0f}{more:8.0f}"
                f"{there.least / here.least:7.2f}   {median:.0f} us more, ratio {harness.spread(there.over(here))}",
                flush=True,
            )
    return int(given.strict and missed > 0)


if __name__ == "__main__":
    sys.exit(main())
