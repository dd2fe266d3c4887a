"""Environment steps per second on MuJoCo, as a fraction of the bare physics of `mujoco.rollout` from the same states.

The work is some steps of random actions from one stored state, for a batch: by the environment (observations, rewards,
ends, new episodes), by one call of rollout (physics alone, all substeps in C), and, of MaMuJoCo, by one environment of
gymnasium-robotics. `hand-over` are the two Shadow hands, 2 substeps at 120 Hz.
Usage: python benchmarks/mujoco_steps.py [--part processor|wall] [--tasks NAME ...] [--batches B ...] [--strict]

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
from quorate_shadow_hands.environment import ShadowHands
from quorate_shadow_hands.settings import ShadowHandsSettings

HANDS = "hand-over"
ROBOTS = {
    "ant-4x2": ("ant", "4x2", "Ant"),
    "half-cheetah-6x1": ("half-cheetah", "6x1", "HalfCheetah"),
    "humanoid-standup-17x1": ("humanoid-standup", "17x1", "HumanoidStandup"),
}
STEPS = 10
PHYSICS = mujoco.mjtState.mjSTATE_FULLPHYSICS
ALL = mujoco.mjtState.mjSTATE_INTEGRATION
ENOUGH = 10_000
"""Steps per second of the hand-over with two threads that meet its target whatever rollout does."""
Simulated = MaMuJoCo | ShadowHands


def target(name: str, batch: int, threads: int) -> float:
    """The least fraction of rollout's speed."""
    return 0.85 if name == HANDS or (batch > 1 and threads == 1) else 0.8


def ours(environment: Simulated, actions: torch.Tensor) -> harness.Work:
    """Steps of the whole environment."""
    environment.reset(0)
    stored = environment.worlds.save()

    def work() -> None:
        environment.worlds.load(stored)
        for chosen in actions:
            environment.step(chosen)

    return work


def physics(environment: Simulated, actions: torch.Tensor, threads: int) -> harness.Work:
    """The same steps by rollout."""
    model, skip = environment.worlds.model, environment.worlds.frame_skip
    environment.reset(0)
    states: list[np.ndarray] = []
    scratch = mujoco.MjData(model)
    for row in environment.worlds.physics:
        mujoco.mj_setState(model, scratch, row, ALL)
        states.append(np.empty(mujoco.mj_stateSize(model, PHYSICS)))
        mujoco.mj_getState(model, scratch, states[-1], PHYSICS)
    control = np.stack([controls(environment, chosen) for chosen in actions], axis=1).repeat(skip, axis=1)
    data = [mujoco.MjData(model) for _ in range(threads)]
    runner = rollout.Rollout(nthread=threads if threads > 1 else 0)
    return lambda: runner.rollout(model, data, np.stack(states), control)


def controls(environment: Simulated, actions: torch.Tensor) -> np.ndarray:
    """Of motors, [B, nu], for actions [B, n, a]."""
    flat = actions.reshape(len(actions), -1).numpy().astype(np.float64)
    if isinstance(environment, MaMuJoCo):
        return flat[:, environment.features.motors]
    low, high = environment.worlds.model.actuator_ctrlrange[environment.motors].T
    ctrl = np.empty_like(flat)
    ctrl[:, environment.motors] = low + 0.5 * (flat + 1) * (high - low)
    return ctrl


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


def make(name: str, batch: int, threads: int) -> Simulated:
    """The environment of a task."""
    if name == HANDS:
        return ShadowHands(ShadowHandsSettings(threads=threads), batch)
    robot, partition, _ = ROBOTS[name]
    return MaMuJoCo(MaMuJoCoSettings(robot=robot, partition=partition, threads=threads), batch)


def measure(name: str, batch: int, threads: int, repeats: int) -> bool:
    """Print a line; whether the target was missed."""
    environment = make(name, batch, threads)
    spaces = environment.spec.action_spaces
    assert all(isinstance(space, Box) for space in spaces)
    shape = STEPS, batch, len(spaces), max(space.shape[0] for space in spaces if isinstance(space, Box))
    limit = float(spaces[0].high[0]) if isinstance(spaces[0], Box) else 1.0
    actions = (2 * torch.rand(shape, generator=torch.Generator().manual_seed(0)) - 1) * limit
    works = {"ours": ours(environment, actions), "rollout": physics(environment, actions, threads)}
    single = {"single": theirs(ROBOTS[name][2])} if name in ROBOTS else {}
    times = harness.interleave(works | single, repeats)
    mine, bare = times["ours"], times["rollout"]
    fraction, least, speed = bare.least / mine.least, target(name, batch, threads), batch * STEPS / mine.least
    print(
        f"{name:>22}{batch:6}{threads:4}{speed:9.0f}{batch * STEPS / bare.least:9.0f}"
        f"{fraction:7.2f} {harness.spread(bare.over(mine))} (target {least:g})"
        + (f"{batch * times['single'].least / mine.least:6.1f}x single" if single else ""),
        flush=True,
    )
    environment.close()
    return fraction < least and not (name == HANDS and threads > 1 and speed >= ENOUGH)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("processor", "wall"), default="processor", help="(%(default)s)")
    tasks = [*ROBOTS, HANDS]
    parser.add_argument("--tasks", nargs="+", choices=tasks, default=tasks, help="(all)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 128], help="environments (%(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="measurements of each (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    threads = 2 if options.part == "wall" else 1
    torch.set_num_threads(threads)  # with one, harness takes the time of the processor
    repeats = 3 if options.quick else options.repeats
    print(f"{harness.processor()}; {options.part} time; mujoco {mujoco.__version__}; {repeats} repeats, interleaved\n")
    print(f"{'task':>22}{'B':>6}{'thr':>4}{'steps/s':>9}{'rollout':>9}{'of it':>7} pairs")
    missed = [measure(name, batch, threads, repeats) for name in options.tasks for batch in options.batches]
    return 1 if any(missed) and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
