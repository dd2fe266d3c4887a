"""A policy acts in PettingZoo's own environment and in what `to_parallel` shows of it."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv

from quorate.environments import ParallelBatch, to_parallel
from quorate.environments.showing import Showing


class Spoken(ParallelEnv):
    """Two agents, who see themselves in a dict, and choose in a space."""

    metadata = {"name": "spoken"}  # noqa: RUF012

    def __init__(self, chosen, masked):
        self.possible_agents = self.agents = ["a", "b"]
        self._chosen, self._masked, self.taken = chosen, masked, []

    def observation_space(self, agent):
        own = {"place": spaces.Box(0, 1, (2, 1)), "kind": spaces.Discrete(3)}
        if not self._masked:
            return spaces.Dict(own)
        return spaces.Dict(observation=spaces.Dict(own), action_mask=spaces.MultiBinary(6))

    def action_space(self, agent):
        return self._chosen

    def shown(self):
        own = {"place": np.full((2, 1), 0.5, np.float32), "kind": 1}
        mask = np.array([0, 0, 0, 0, 1, 0], np.int8)
        shown = {"observation": own, "action_mask": mask} if self._masked else own
        return dict.fromkeys(self.agents, shown), {agent: {} for agent in self.agents}

    def reset(self, seed=None, options=None):
        return self.shown()

    def step(self, actions):
        self.taken.append(actions)
        nothing = dict.fromkeys(self.agents, False)
        return self.shown()[0], dict.fromkeys(self.agents, 0.0), nothing, nothing, self.shown()[1]

    def close(self): ...


@pytest.mark.parametrize(
    ("chosen", "masked"),
    [
        (spaces.Discrete(6), True),
        (spaces.Discrete(6, start=2), False),
        (spaces.MultiDiscrete([2, 3]), False),
        (spaces.Box(0, 1, (3, 2)), False),
    ],
    ids=["masked", "from-two", "combined", "box"],
)
def test_both_are_understood_and_take_what_is_chosen(chosen, masked):
    env = Spoken(chosen, masked)
    showing = Showing(ParallelBatch(lambda: env, 1))
    view = to_parallel(ParallelBatch(lambda: env, 1))
    action = torch.full((1, 2, 6), 0.25) if isinstance(chosen, spaces.Box) else torch.tensor([[4, 4]])
    own, flat = (showing.step(*shown, env.agents, None, torch.device("cpu")) for shown in (env.reset(), view.reset()))
    assert own.observation.equal(flat.observation)
    assert (own.action_mask is None) == (flat.action_mask is None) == (not masked)
    view.step(showing.actions(action[0], env.agents))
    showing.step(*env.reset(), env.agents, None, torch.device("cpu"))
    taken = showing.actions(action[0], env.agents)
    assert all(chosen.contains(one) for one in taken.values())
    for agent, one in env.taken[-1].items():
        assert np.array_equal(one, taken[agent])
    if not (isinstance(chosen, spaces.Discrete) and chosen.start):  # the view counts from 0
        view.step(taken)
        assert all(np.array_equal(one, taken[agent]) for agent, one in env.taken[-1].items())
