"""The time of a step of an environment in another interpreter, against the same environment in this process.

Both are this interpreter's installation, so that nothing differs but the process. Two processes take part, which wait
for each other: wall time is what a user sees on a machine with a free core, and the processor time of both together is
what others can not take away. Last are training steps of MAPPO: the other process sleeps while this one learns.
Usage: python benchmarks/isolation.py [--python PATH] [--quick] [--strict]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import harness
import psutil
import torch

from quorate.config import compose
from quorate.environments import build_environment
from quorate.environments.isolated.environment import IsolatedEnvironment
from quorate.interfaces import Algorithm, Environment
from quorate.registry import load_registry

LIGHT = "native, light"
WORLDS = {
    LIGHT: "{name: sensor-network/2x2-v1}",
    "PettingZoo": "{name: pettingzoo, id: mpe2.simple_spread_v3, settings: {continuous_actions: true}}",
}
BATCHES, LEARNERS, ROLLOUT = (1, 128), (20, 128), 100
TARGET = 80.0
"""Microseconds of the wall that isolation may add to a light step, where nothing else takes the cores (`chrt -f 1`)."""


def build(world: str, batch: int, python: Path | None) -> Environment:
    given = world if python is None else apart(world)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(f"environment: {given}\nalgorithm: mappo\nbudget: {{train_steps: 1}}\n")
        registry = load_registry(interpreters={} if python is None else {"other": str(python)})
        return build_environment(compose(file, (), registry).settings.environment, batch)


def learner(environments: int, python: Path | None) -> Algorithm:
    """MAPPO in the light environment."""
    world, known = (WORLDS[LIGHT], {}) if python is None else (apart(WORLDS[LIGHT]), {"other": str(python)})
    sizes = f"algorithm.environments={environments}", f"algorithm.rollout={ROLLOUT}"
    return harness.algorithm(world, "mappo", *sizes, interpreters=known)


def apart(world: str) -> str:
    return world.replace("{", "{interpreter: other, ", 1)


def clocks(processes: list[psutil.Process]) -> tuple[float, float]:
    """Seconds of the wall, and of the processor: this process's, and what others have used of it."""
    others = sum(sum(process.cpu_times()[:2]) for process in processes)
    return time.perf_counter(), time.process_time() + others


def seconds(environment: Environment, work: Callable[[], object], times: int) -> tuple[float, float]:
    """Of a piece of work in an environment, of the wall and of the processor."""
    started = psutil.Process().children() if isinstance(environment, IsolatedEnvironment) else []
    before = clocks(started)
    for _ in range(times):
        work()
    return tuple((after - start) / times for after, start in zip(clocks(started), before, strict=True))  # type: ignore[return-value]


def still(environment: Environment) -> torch.Tensor:
    """Actions that do nothing much."""
    spaces = environment.spec.action_spaces
    if shape := spaces[0].shape:
        return torch.zeros(environment.batch, len(spaces), *shape)
    return torch.zeros(environment.batch, len(spaces), dtype=torch.int64)


Pair = tuple[harness.Times, harness.Times]


def compare(works: Sequence[tuple[Environment, Callable[[], object]]], repeats: int) -> tuple[Pair, Pair]:
    """Times of a piece of work here and there, in turn: of the wall, and of the processor."""
    times = (harness.Times(), harness.Times()), (harness.Times(), harness.Times())
    count = max(2, round(0.4 / seconds(*works[0], 3)[0]))  # others' processor time is told in hundredths
    for _ in range(repeats):
        for place, work in enumerate(works):
            for clock, value in zip(times, seconds(*work, count), strict=True):
                clock[place].seconds.append(value)
    return times


def steps(world: str, batch: int, python: Path, repeats: int) -> tuple[Pair, Pair]:
    """Of a step."""
    pair = [build(world, batch, None), build(world, batch, python)]
    for environment in pair:
        environment.reset(0)
    actions = still(pair[0])
    for environment in pair:
        for _ in range(20):
            environment.step(actions)
    found = compare([(environment, partial(environment.step, actions)) for environment in pair], repeats)
    for environment in pair:
        environment.close()
    return found


def trainings(environments: int, python: Path, repeats: int) -> tuple[Pair, Pair]:
    """Of a training step."""
    pair = [learner(environments, None), learner(environments, python)]
    for algorithm in pair:
        algorithm.train_step()
    found = compare([(algorithm.environment, algorithm.train_step) for algorithm in pair], repeats)  # type: ignore[attr-defined]
    for algorithm in pair:
        algorithm.close()
    return found


def rows(name: str, batch: int, times: tuple[Pair, Pair]) -> float:
    """Print them; returns what the wall took more, microseconds."""
    for clock, (here, there) in zip(("wall", "processor"), times, strict=True):
        more = 1e6 * (there.least - here.least)
        print(
            f"{name:16}{batch:6}  {clock:10}{1e6 * here.least:8.0f}{1e6 * there.least:8.0f}{more:7.0f}"
            f"{there.least / here.least:7.2f}  {harness.spread(there.over(here))}",
            flush=True,
        )
    wall = times[0]
    return 1e6 * (wall[1].least - wall[0].least)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the other interpreter (this one)")
    parser.add_argument("--repeats", type=int, default=15, help="measurements of each (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where the target is missed")
    given = parser.parse_args()
    repeats = min(given.repeats, 3) if given.quick else given.repeats
    torch.set_num_threads(1)
    print(f"{harness.processor()}; torch {torch.__version__}; one thread; {repeats} repeats, interleaved")
    print("microseconds of a step, at the least of the repeats\n")
    print(f"{'environment':16}{'batch':>6}  {'clock':10}{'here':>8}{'there':>8}{'more':>7}{'ratio':>7}  pairs")
    missed = 0
    for name, world in WORLDS.items():
        for batch in BATCHES:
            more = rows(name, batch, steps(world, batch, given.python, repeats))
            missed += name == LIGHT and more > TARGET
    for environments in LEARNERS:
        rows("light, MAPPO", environments, trainings(environments, given.python, repeats))
    return int(given.strict and missed > 0)


if __name__ == "__main__":
    sys.exit(main())
