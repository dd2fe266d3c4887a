"""Hold SMAX's battles against jaxmarl's own, step for step, and measure what a second process need not compile again.

    python examples/check_smax.py                 # three scenarios, both kinds of actions, 50 episodes each
    python examples/check_smax.py --only 3m       # some scenarios

It needs the extra `smax`, takes some five minutes of one core, and exits 1 where something differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import torch
from torch import Tensor

from quorate.interfaces import Step
from quorate_smax.battles import halves
from quorate_smax.environment import SMAX
from quorate_smax.lean import smax_module
from quorate_smax.settings import ActionKind, SMAXSettings

SCENARIOS = ("3m", "3s_vs_5z", "smacv2_5_units")
BATCH, EPISODES = 8, 50
NEAR = 6e-8
"""The largest difference of an observation; everything else is equal bit for bit."""
COMPILED = 0.25
"""Of the first process's time, the most that a second one takes for the first reset and step."""
FIRST_STEP = """
import json, time
start = time.process_time()
from quorate_smax.environment import SMAX
from quorate_smax.settings import SMAXSettings
begun = time.process_time()
environment = SMAX(SMAXSettings(scenario="3m"), batch=16)
environment.step(environment.reset(0).action_mask.int().argmax(-1))
print(json.dumps(time.process_time() - begun))
"""


class Theirs:
    """Copies of jaxmarl's environment that go on from where ours begin, and draw what ours do.

    Args:
        scenario: of jaxmarl.
        actions: what agents choose from.
        ours: after a reset.
    """

    def __init__(self, scenario: str, actions: ActionKind, ours: SMAX) -> None:
        smax = smax_module()
        options = {"scenario": smax.map_name_to_scenario(scenario), "action_type": str(actions)}
        self.game = smax.HeuristicEnemySMAX(**options, max_steps=ours.spec.horizon - 1)
        assert ours._battles is not None
        self._keys, self._state = ours._battles
        self._halves, self._step = jax.jit(halves), jax.jit(self._all)

    def step(self, actions: Any) -> dict[str, Any]:
        """What their own `step` says, by the names that a step of ours has."""
        chosen = {agent: actions[:, index] for index, agent in enumerate(self.game.agents)}
        self._keys, use = self._halves(self._keys)
        observation, self._state, reward, done, valid = self._step(use, self._state, chosen)
        return {
            "observation": self._stacked(observation),
            "state": self._scaled(np.asarray(observation["world_state"])),
            "reward": np.asarray(reward[self.game.agents[0]]),
            "ended": np.asarray(done["__all__"]),
            "action_mask": self._stacked(valid).astype(bool),
        }

    def _scaled(self, world: Any) -> Any:
        """Their state without what never changes, [B, s]."""
        inner = self.game._env
        units = world[:, : inner.num_agents * (4 + inner.unit_type_bits)].reshape(len(world), inner.num_agents, -1)
        slowest = np.asarray(inner.unit_type_weapon_cooldowns)[np.asarray(self._state.state.unit_types)]
        cooldown = (units[..., 3] / slowest).clip(0, 1)[..., None]
        parts = [units[..., :1], units[..., 1:3] / np.float32(32), cooldown, units[..., 4:]]
        return np.concatenate(parts if inner.smacv2_unit_type_generation else parts[:3], axis=-1).reshape(
            len(world), -1
        )

    def _stacked(self, of_agents: dict[str, Any]) -> Any:
        return np.stack([of_agents[agent] for agent in self.game.agents], axis=1)

    def _all(self, keys: Any, state: Any, actions: Any) -> Any:
        observation, state, reward, done, _ = jax.vmap(self.game.step)(keys, state, actions)
        return observation, state, reward, done, jax.vmap(self.game.get_avail_actions)(state)


@dataclass
class Apart:
    """How far ours and theirs are from each other over whole episodes.

    Attributes:
        episodes: how many ended.
        observation: the largest difference.
        others: the names of what else differed anywhere.
    """

    episodes: int
    observation: float
    others: set[str]


def compare(scenario: str, actions: ActionKind, episodes: int = EPISODES, batch: int = BATCH) -> Apart:
    """Play at random until so many episodes have ended; some continuous actions are outside of [0, 1]."""
    ours = SMAX(SMAXSettings(scenario=scenario, actions=actions, spawn_margin=0.0), batch)
    step, generator = ours.reset(5), torch.Generator().manual_seed(0)
    theirs, apart = Theirs(scenario, actions, ours), Apart(0, 0.0, set())
    while apart.episodes < episodes:
        chosen = drawn(step, actions, generator)
        step = ours.step(chosen)
        shown = theirs.step(chosen.clamp(0, 1).numpy() if chosen.is_floating_point() else chosen.int().numpy())
        gap = np.abs(shown.pop("observation") - step.observation.numpy()).max()
        apart.observation = max(apart.observation, float(gap))
        found = {name: getattr(step, name) for name in shown}
        apart.others |= {
            name
            for name, value in found.items()
            if value is not None and not np.array_equal(shown[name], value.numpy())
        }
        apart.episodes += int(step.ended.sum())
    return apart


def drawn(step: Step, actions: ActionKind, generator: torch.Generator) -> Tensor:
    """Random actions, [B, n] or [B, n, 4]."""
    batch, agents = step.observation.shape[:2]
    if actions is ActionKind.CONTINUOUS:
        return torch.rand(batch, agents, 4, generator=generator) * 1.4 - 0.2
    assert step.action_mask is not None
    chances = step.action_mask.float().flatten(0, 1)
    return torch.multinomial(chances, 1, generator=generator).reshape(batch, agents)


def first_steps() -> list[float]:
    """Seconds of the processor for the first reset and step, in two processes with one folder of what is compiled."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(Path(folder) / "jax")}
        command = [sys.executable, "-c", FIRST_STEP]
        runs = [subprocess.run(command, env=variables, stdout=subprocess.PIPE, check=True) for _ in range(2)]
    return [json.loads(run.stdout) for run in runs]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=SCENARIOS, default=list(SCENARIOS), help="some scenarios")
    options, good = parser.parse_args(arguments), True
    print("| scenario | actions | episodes | observations differ by | all else |\n|---|---|---|---|---|")
    for scenario in options.only:
        for actions in ActionKind:
            apart = compare(scenario, actions)
            good &= apart.observation <= NEAR and not apart.others
            others = ", ".join(sorted(apart.others)) or "equal"
            line = (
                f"| {scenario} | {actions} | {apart.episodes} | {apart.observation:.1e} (at most {NEAR:g}) | {others} |"
            )
            print(line, flush=True)
    first, second = first_steps()
    good &= second <= COMPILED * first
    print(f"\nfirst reset and step: {first:.1f} s, in a second process {second:.1f} s, {second / first:.2f} of it")
    print(f"(at most {COMPILED})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
