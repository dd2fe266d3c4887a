"""DirectMARLEnv as version 3.0.0 behaves: what it hands out is its own, worlds are reset within the step, and so on."""

import math
import random

import gymnasium
import numpy as np
import torch

from isaaclab.sim import SimulationContext


class DirectMARLEnv(gymnasium.Env):
    def __init__(self, cfg, render_mode=None):
        if cfg.seed is not None:
            self.seed(cfg.seed)
        self.cfg, self.sim = cfg, SimulationContext()
        self.num_envs, self.device = cfg.num_envs, cfg.device
        self.possible_agents = cfg.possible_agents
        self.extras = {agent: {} for agent in self.possible_agents}
        self.episode_length_buf = torch.zeros(self.num_envs, dtype=torch.long)
        self.reset_buf = torch.zeros(self.num_envs, dtype=torch.bool)
        box = gymnasium.spaces.Box
        self.observation_spaces = {a: box(-np.inf, np.inf, (n,)) for a, n in cfg.observation_spaces.items()}
        self.action_spaces = {
            a: box(-np.inf, np.inf, (n,)) if isinstance(n, int) else n for a, n in cfg.action_spaces.items()
        }
        size = cfg.state_space if cfg.state_space > 0 else sum(cfg.observation_spaces.values())
        self.state_space = box(-np.inf, np.inf, (size,)) if cfg.state_space else None
        self.actions = {a: torch.zeros(self.num_envs, s.shape[0]) for a, s in self.action_spaces.items() if s.shape}

    @property
    def max_episode_length(self):
        return math.ceil(self.cfg.episode_length_s / self.cfg.step_s)

    @staticmethod
    def seed(seed):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        return seed

    def reset(self, seed=None, options=None):
        if seed is not None:
            self.seed(seed)
        self._reset_idx(torch.arange(self.num_envs))
        self.obs_dict = self._get_observations()
        return self.obs_dict, self.extras

    def step(self, actions):
        self._pre_physics_step(actions)
        self._apply_action()
        self.episode_length_buf += 1
        self.terminated_dict, self.time_out_dict = self._get_dones()
        self.reset_buf[:] = math.prod(self.terminated_dict.values()) | math.prod(self.time_out_dict.values())
        self.reward_dict = self._get_rewards()
        rows = self.reset_buf.nonzero(as_tuple=False).squeeze(-1)
        if len(rows):
            if self.cfg.compute_final_obs:
                for agent, obs in self._get_observations().items():
                    self.extras[agent]["final_obs"] = obs
            self._reset_idx(rows)
        self.obs_dict = self._get_observations()
        return self.obs_dict, self.reward_dict, self.terminated_dict, self.time_out_dict, self.extras

    def state(self):
        if not self.cfg.state_space:
            return None
        if self.cfg.state_space < 0:
            return torch.cat([self.obs_dict[agent] for agent in self.possible_agents], dim=-1)
        return self._get_states()

    def _reset_idx(self, rows):
        self.episode_length_buf[rows] = 0

    def close(self):
        SimulationContext.clear_instance()
        self.observation_spaces = self.action_spaces = self.state_space = None
