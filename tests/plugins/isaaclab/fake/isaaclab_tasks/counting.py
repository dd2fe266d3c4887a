"""A world that counts: each agent adds to a number of its own; the episode ends where the first exceeds a bound."""

from types import SimpleNamespace

import torch
import warp
from gymnasium.spaces import Discrete
from isaaclab.envs import DirectMARLEnv


class Cfg:
    def __init__(self, task, num_envs, device):
        self.task, self.num_envs, self.device = task, num_envs, device
        self.sim = SimpleNamespace(physics=SimpleNamespace(solver_cfg=SimpleNamespace(use_mujoco_cpu=False)))
        self.seed, self.compute_final_obs, self.step_s = None, False, 1.0
        self.possible_agents = ["cart", "pendulum"]
        self.observation_spaces, self.action_spaces = {"cart": 4, "pendulum": 3}, {"cart": 1, "pendulum": 1}
        self.state_space, self.episode_length_s, self.bound = -1, 6.0, 2.0
        if "Handover" in task:
            self.possible_agents = ["right_hand", "left_hand"]
            self.observation_spaces = dict.fromkeys(self.possible_agents, 5)
            self.action_spaces = dict.fromkeys(self.possible_agents, 2)
            self.state_space = 3
        if "Odd" in task:
            self.action_spaces["cart"] = Discrete(3)


class Counting(DirectMARLEnv):
    def __init__(self, cfg, render_mode=None):
        super().__init__(cfg, render_mode)
        self.count, self.second = torch.zeros(2, self.num_envs)
        warp.load("counting", cfg.device)

    def _pre_physics_step(self, actions):
        self.actions = actions

    def _apply_action(self):
        warp.load("stepping", self.cfg.device)
        first, second = (self.actions[agent][:, 0] for agent in self.possible_agents)
        self.count, self.second = self.count + first, self.second + second

    def _get_observations(self):
        time, found = self.episode_length_buf.float(), {}
        for agent, own in zip(self.possible_agents, (self.count, self.second), strict=True):
            wide = torch.stack([own, time, self.actions[agent][:, 0], -own, time], dim=1)
            found[agent] = wide[:, : self.cfg.observation_spaces[agent]]
        return found

    def _get_states(self):
        return torch.stack([self.count, self.episode_length_buf.float(), 10 * self.second], dim=1)

    def _get_dones(self):
        over, late = self.count.abs() > self.cfg.bound, self.episode_length_buf >= self.max_episode_length - 1
        return dict.fromkeys(self.possible_agents, over), dict.fromkeys(self.possible_agents, late)

    def _get_rewards(self):
        rewards = dict.fromkeys(self.possible_agents, self.count.clone())
        if "Unequal" in self.cfg.task:
            rewards[self.possible_agents[1]] = 2 * self.count
        return rewards

    def _reset_idx(self, rows):
        super()._reset_idx(rows)
        self.count, self.second = self.count.clone(), self.second.clone()
        self.count[rows], self.second[rows] = torch.rand(2, len(rows)) - 0.5
