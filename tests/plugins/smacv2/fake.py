"""A fake of SMACv2's two classes, with what the adapter uses of them, for tests where SMACv2 is not installed.

A battle on a line: an agent may stop, or attack one of the enemies, who lose half their health each time; the agents
themselves lose health as scripted. What is unusual in the real one is here as well: it draws from unseeded and from
global generators, launches where `_episode_count` is 0, adds to `max_reward` then, calls `full_restart` after a crash.
"""

import random
from types import SimpleNamespace

import numpy as np


class StuckError(Exception):
    pass


class LostError(Exception):
    pass


class Places:
    def __init__(self):
        self.rng = np.random.default_rng()

    def generate(self):
        return {"places": self.rng.random(2)}


class Teams:
    def __init__(self):
        self.places = Places()  # one inside another, as in SMACv2

    def generate(self):
        return {"team": random.choice("abcdefgh"), **self.places.generate()}


class Process:
    def __init__(self, log, number):
        self._log, self._number = log, number

    def close(self):
        self._log.append(f"closed {self._number}")

    def _shutdown(self):
        self._log.append(f"ended {self._number}")


class FakeEnv:
    """Attributes with an underscore are SMACv2's; `script` says what goes wrong, `log` what was done."""

    def __init__(self, log, script, n_agents=2, n_enemies=2):
        self.log, self.script, self.n_agents, self.n_enemies = log, script, n_agents, n_enemies
        self.max_reward, self.episode_limit, self._seed = 100.0, 200, None
        self._episode_count = self._steps = 0
        self._sc2_proc, self._controller = None, SimpleNamespace(ping=lambda: SimpleNamespace(
            game_version="fake", base_build=1))  # fmt: skip
        self.agents, self.enemies, self.agent_attack_probabilities = {}, {}, None

    def get_env_info(self):
        return {"n_agents": self.n_agents, "obs_shape": 3, "n_actions": 2 + self.n_enemies, "state_shape": 4}

    def full_restart(self):
        raise AssertionError("what SMACv2 does here is not to happen")

    def _launch(self):
        number = sum(line.startswith("launch") for line in self.log)
        self.log.append(f"launch {self._seed}")
        if self.script.pop("broken", 0):
            raise LostError("it does not start")
        self._sc2_proc = Process(self.log, number)

    def reset(self, config):
        self._steps, self.config = 0, config
        if self._episode_count == 0:
            self._launch()
        if self.script.get("stuck", 0):
            self.script["stuck"] -= 1
            raise StuckError("they did not appear")
        self.agents = {i: SimpleNamespace(health=10.0) for i in range(self.n_agents)}
        self.enemies = {i: SimpleNamespace(health=8.0, health_max=8, shield_max=2) for i in range(self.n_enemies)}
        for _ in range(self.script.get("late", 1)):
            if self._episode_count == 0:
                self.max_reward += sum(unit.health_max + unit.shield_max for unit in self.enemies.values())
        if "attack" in self.script:
            self.agent_attack_probabilities = np.full(self.n_agents, self.script["attack"])
        return self.get_obs(), self.get_state()

    def step(self, actions):
        if self.script.get("crash") == self._steps:
            self.script["crash"] = self.script.get("again", -1)
            self.full_restart()
        self._steps += 1
        self.log.append(f"step {actions}")
        for agent, action in enumerate(actions):
            failed = self.agent_attack_probabilities is not None and (
                np.random.default_rng().random() > self.agent_attack_probabilities[agent]
            )
            if action > 1 and not failed:
                self.enemies[action - 2].health = max(self.enemies[action - 2].health - 4, 0)
        for agent in self.script.get("dies", {}).get(self._steps, ()):
            self.agents[agent].health = 0.0
        dead = [sum(u.health == 0 for u in units.values()) for units in (self.agents, self.enemies)]
        info = {"battle_won": False, "dead_allies": dead[0], "dead_enemies": dead[1]}
        over = dead[0] == self.n_agents or dead[1] == self.n_enemies
        info["battle_won"] = over and dead[0] < self.n_agents
        if not over and self._steps >= self.episode_limit:
            over, info["episode_limit"] = True, True
        self._episode_count += over
        return 40 / self.max_reward, over, info

    def get_obs(self):
        return [np.array([unit.health, random.random(), np.random.rand()], np.float32) for unit in self.agents.values()]

    def get_state(self):
        drawn = [ord(self.config["team"]), *self.config["places"]]
        return np.array([*drawn, self._steps], np.float32)

    def get_avail_actions(self):
        foes = [int(unit.health > 0) for unit in self.enemies.values()]
        return [[0, 1, *foes] if unit.health else [1, 0, *[0] * len(foes)] for unit in self.agents.values()]

    def close(self):
        if self._sc2_proc:
            self._sc2_proc.close()


class FakeWrapper:
    def __init__(self, log, script, given):
        self.given, self.env = given, FakeEnv(log, script)
        self.env_key_to_distribution_map = {"team_gen": Teams()}
