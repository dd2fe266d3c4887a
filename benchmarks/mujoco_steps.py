"""Environment steps per second of MaMuJoCo, as a fraction of the bare physics of `mujoco.rollout` from the same states.

The work is some steps of random actions from one stored state, for a batch: by the environment (observations, rewards,
ends, new episodes), by one call of rollout (physics alone, all substeps in C), and by one environment of
gymnasium-robotics.
Usage: python benchmarks/mujoco_steps.py [--part processor|wall] [--robots NAME ...] [--batches B ...] [--strict]

`processor`: time of the processor, one thread. `wall`: of the clock, two threads each; it needs two idle cores.
"""

import argparse
import sys

import harness
import mujoco
import numpy as np
import torch
from gymnasium.spaces import Box
from gymnasium_robotics import mamujoco_v1
from mujoco import rollout

from quorate_mamujoco.environment import MaMuJoCo
from quorate_mamujoco.settings import MaMuJoCoSettings

ROBOTS = {
    "ant-4x2": ("ant", "4x2", "Ant"),
    "half-cheetah-6x1": ("half-cheetah", "6x1", "HalfCheetah"),
    "humanoid-standup-17x1": ("humanoid-standup", "17x1", "HumanoidStandup"),
}
STEPS = 10
PHYSICS = mujoco.mjtState.mjSTATE_FULLPHYSICS


def target(batch: int, threads: int) -> float:
    """The least fraction of rollout's speed."""
    return 0.8 if batch == 1 or threads > 1 else 0.85


def ours(environment: MaMuJoCo, actions: torch.Tensor) -> harness.Work:
    """Steps of the whole environment."""
    environment.reset(0)
    stored = environment.worlds.save()

    def work() -> None:
        environment.worlds.load(stored)
        for chosen in actions:
            environment.step(chosen)

    return work


def physics(environment: MaMuJoCo, actions: torch.Tensor, threads: int) -> harness.Work:
    """The same steps by rollout."""
    model, skip = environment.worlds.model, environment.worlds.frame_skip
    environment.reset(0)
    states = np.empty((environment.batch, mujoco.mj_stateSize(model, PHYSICS)))
    for data, state in zip(environment.worlds.data, states, strict=True):
        mujoco.mj_getState(model, data, state, PHYSICS)
    flat = actions.reshape(len(actions), environment.batch, -1).numpy()[..., environment.features.motors]
    control = flat.transpose(1, 0, 2).repeat(skip, axis=1).astype(np.float64)
    data = [mujoco.MjData(model) for _ in range(threads)]
    runner = rollout.Rollout(nthread=threads if threads > 1 else 0)
    return lambda: runner.rollout(model, data, states, control)


def theirs(label: str) -> harness.Work:
    """Steps of one environment of gymnasium-robotics, in the partition that it has."""
    environment = mamujoco_v1.parallel_env(label, {"Ant": "4x2", "HalfCheetah": "6x1"}.get(label, "9|8"))
    generator = np.random.default_rng(0)
    spaces = {agent: environment.action_space(agent) for agent in environment.possible_agents}
    drawn = [
        {agent: generator.uniform(space.low, space.high).astype(np.float32) for agent, space in spaces.items()}
        for _ in range(STEPS)
    ]

    def work() -> None:
        environment.reset(seed=0)
        for chosen in drawn:
            environment.step(chosen)

    return work


def measure(name: str, batch: int, threads: int, repeats: int) -> bool:
    """Print a line; whether the target was missed."""
    robot, partition, label = ROBOTS[name]
    environment = MaMuJoCo(MaMuJoCoSettings(robot=robot, partition=partition, threads=threads), batch)
    shape = STEPS, batch, environment.spec.agent_count, environment.features.action_size
    space = environment.spec.action_spaces[0]
    assert isinstance(space, Box)
    limit = float(space.high[0])
    actions = (2 * torch.rand(shape, generator=torch.Generator().manual_seed(0)) - 1) * limit
    works = {"ours": ours(environment, actions), "rollout": physics(environment, actions, threads)}
    times = harness.interleave(works | {"single": theirs(label)}, repeats)
    mine, bare, single = (times[key] for key in ("ours", "rollout", "single"))
    fraction, least = bare.least / mine.least, target(batch, threads)
    print(
        f"{name:>22}{batch:6}{threads:4}{batch * STEPS / mine.least:9.0f}{batch * STEPS / bare.least:9.0f}"
        f"{STEPS / single.least:8.0f}{fraction:7.2f} {harness.spread(bare.over(mine))} (target {least:g})"
        f"{batch * single.least / mine.least:6.1f}x single",
        flush=True,
    )
    environment.close()
    return fraction < least


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("processor", "wall"), default="processor", help="(%(default)s)")
    parser.add_argument("--robots", nargs="+", choices=ROBOTS, default=list(ROBOTS), help="(all)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 128], help="environments (%(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="measurements of each (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    threads = 2 if options.part == "wall" else 1
    torch.set_num_threads(threads)  # with one, harness takes the time of the processor
    repeats = 3 if options.quick else options.repeats
    print(f"{harness.processor()}; {options.part} time; mujoco {mujoco.__version__}; {repeats} repeats, interleaved\n")
    print(f"{'robot':>22}{'B':>6}{'thr':>4}{'steps/s':>9}{'rollout':>9}{'single':>8}{'of it':>7} pairs")
    missed = [measure(name, batch, threads, repeats) for name in options.robots for batch in options.batches]
    return 1 if any(missed) and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
