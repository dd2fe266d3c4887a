"""HAPPO (or MAPPO) of HARL's repository on MaMuJoCo's Ant 4x2, in an interpreter that has what HARL imports.

Usage: python harl_happo.py CHECKOUT ALGORITHM PLACE UPDATES

Runner, networks, buffers, logger, vectorised environments and the published configuration of the task are HARL's own,
imported from the checkout. Its environment needs mujoco-py, which is no longer to be had: the module that HARL asks for
it is stood in for by one with `MujocoMulti` below, which steps the robots of gymnasium-robotics (v5) as HARL's class
steps those of mujoco-py: all agents see the whole state and who they are, standardised across features. Also different
from the configuration: no evaluations, one thread of torch, the CPU.

PLACE is `one` (HARL's ShareDummyVecEnv, all environments in this process) or `many` (its ShareSubprocVecEnv, which it
takes itself, a process for each). The first answer is the seconds of processor time of setting up. Then each line on
standard input asks for some updates; the answer is their seconds of processor time in all processes, and how much of
these was the environments'.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium_robotics import mamujoco_v1

ANSWERS = os.dup(1)
"""Where answers go; what HARL prints goes elsewhere."""
MODULE = "harl.envs.mamujoco.multiagent_mujoco.mujoco_multi"


class MujocoMulti:
    """One environment, as HARL wants it."""

    def __init__(self, env_args: dict[str, Any]) -> None:
        robot = env_args["scenario"].removesuffix("-v2")
        parallel = mamujoco_v1.parallel_env(robot, env_args["agent_conf"], max_episode_steps=env_args["episode_limit"])
        self.robot = parallel.single_agent_env  # all agents' observations are made of its own
        self.motors = [[node.act_ids for node in part] for part in parallel.agent_action_partitions]
        self.n_agents = len(self.motors)
        size, count = self.robot.observation_space.shape[0], self.n_agents
        self.observation_space = [Box(-10, 10, (size + count,)) for _ in range(count)]
        self.share_observation_space = [Box(-10, 10, (size,)) for _ in range(count)]
        self.action_space = tuple(parallel.action_space(agent) for agent in parallel.possible_agents)
        self.low, self.high = self.robot.action_space.low, self.robot.action_space.high
        self.who, self.seed_of_reset = np.eye(count), None

    def seed(self, seed: int) -> None:
        """Of the next episode."""
        self.seed_of_reset = seed

    def reset(self) -> tuple[Any, Any, None]:
        """What is seen, of the agents and of the state; any action may be chosen."""
        state, _ = self.robot.reset(seed=self.seed_of_reset)
        self.seed_of_reset = None
        return (*self.seen(state), None)

    def step(self, actions: np.ndarray) -> tuple[Any, ...]:
        """What is seen, rewards and ends for all agents, what else HARL reads, and that any action may be chosen."""
        control = np.empty_like(self.low)
        for motors, chosen in zip(self.motors, actions, strict=True):
            control[motors] = chosen
        control = (control + 1) / 2 * (self.high - self.low) + self.low
        state, reward, terminated, truncated, _ = self.robot.step(control)
        done = terminated or truncated
        told = {"bad_transition": not terminated} if done else {}
        count = self.n_agents
        return (*self.seen(state), [[reward]] * count, [done] * count, [told for _ in range(count)], None)

    def seen(self, state: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Observations of all agents, and the state for each."""
        own = [np.concatenate([state, who]) for who in self.who]
        shared = (state - state.mean()) / state.std()
        return [(each - each.mean()) / each.std() for each in own], [shared] * self.n_agents

    def close(self) -> None:
        """End the simulator."""
        self.robot.close()


def processor(pid: int) -> float:
    """Seconds of processor time of another process (`clock_getcpuclockid` of Linux)."""
    return time.clock_gettime((~pid << 3) | 2)


def main() -> None:
    os.dup2(2, 1)
    checkout, algorithm, place, updates = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    sys.path.insert(0, str(checkout))
    module = ModuleType(MODULE)
    module.MujocoMulti = MujocoMulti  # type: ignore[attr-defined]
    sys.modules[MODULE] = module
    from harl.envs import LOGGER_REGISTRY
    from harl.envs.env_wrappers import ShareDummyVecEnv
    from harl.runners import RUNNER_REGISTRY
    from harl.utils import envs_tools

    inside = 0.0

    class Clocked(ShareDummyVecEnv):
        def step(self, actions: np.ndarray) -> Any:
            nonlocal inside
            start = time.process_time()
            found = super().step(actions)
            inside += time.process_time() - start
            return found

    if place == "one":
        envs_tools.ShareSubprocVecEnv = Clocked

    def clocks() -> np.ndarray:
        """Of all processes, and of the environments."""
        children = sum(processor(child.pid) for child in getattr(runner.envs, "ps", ()))
        return np.array([time.process_time() + children, inside + children])

    class Asked(LOGGER_REGISTRY["mamujoco"]):
        """Waits for a line before some updates, and answers with the time that they took."""

        begun: np.ndarray | None = None

        def episode_init(self, episode: int) -> None:
            super().episode_init(episode)
            if (episode - 1) % updates:
                return
            now = clocks()
            answer = f"{now[0]}" if self.begun is None else "{} {}".format(*(now - self.begun))
            os.write(ANSWERS, f"{answer}\n".encode())
            if not sys.stdin.readline():
                sys.exit()
            self.begun = clocks()

    LOGGER_REGISTRY["mamujoco"] = Asked
    config = json.loads(
        (checkout / "tuned_configs" / "mamujoco" / "Ant-v2-4x2" / algorithm / "config.json").read_text()
    )
    settings = config["algo_args"]
    settings["device"] |= {"cuda": False, "torch_threads": 1}
    settings["eval"]["use_eval"] = False
    settings["train"]["num_env_steps"] = 10**12
    with tempfile.TemporaryDirectory() as folder:
        settings["logger"]["log_dir"] = folder
        runner = RUNNER_REGISTRY[algorithm](config["main_args"], settings, config["env_args"])
        try:
            runner.run()
        finally:
            runner.envs.close()


if __name__ == "__main__":
    main()
