"""A policy acts in PettingZoo's own environment and in what `to_parallel` shows of it."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv

from quorate.environments import ParallelBatch, to_parallel
from quorate.environments.showing import Showing
from quorate.errors import QuorateError


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


class Told(Spoken):
    """Its masks are in its infos."""

    def shown(self):
        mask = np.array([0, 0, 0, 0, 1, 0], np.int8)
        return super().shown()[0], {agent: {"action_mask": mask} for agent in self.agents}


def test_masks_in_infos_that_are_not_given_are_missed():
    env = Told(spaces.Discrete(6), masked=False)
    showing, cpu = Showing(ParallelBatch(lambda: env, 1)), torch.device("cpu")
    observations, infos = env.reset()
    with pytest.raises(QuorateError, match="the action masks are in the infos, which were not given"):
        showing.step(observations, None, env.agents, None, cpu)
    assert showing.step(observations, infos, env.agents, None, cpu).action_mask[0, :, 4].all()
    view = to_parallel(ParallelBatch(lambda: env, 1))  # which has them in its observations
    assert showing.step(view.reset()[0], None, env.agents, None, cpu).action_mask.sum() == 2


def test_what_is_wrong_is_told_of_what_was_given():
    env = Spoken(spaces.Discrete(6), masked=False)
    with pytest.raises(QuorateError) as caught:
        Showing(ParallelBatch(lambda: env, 1)).step({}, {}, ["a"], None, torch.device("cpu"))
    assert caught.value.where == "what was given of agent a"
