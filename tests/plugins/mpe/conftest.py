"""mpe2 beside our environments: the oracle."""

import numpy as np
import pytest
import torch
from mpe2 import simple_adversary_v3, simple_reference_v3, simple_speaker_listener_v4, simple_spread_v3

from quorate_mpe.environment import SimpleAdversary, SimpleReference, SimpleSpeakerListener, SimpleSpread
from quorate_mpe.settings import (
    SimpleAdversarySettings,
    SimpleReferenceSettings,
    SimpleSpeakerListenerSettings,
    SimpleSpreadSettings,
)

SCENARIOS = {
    "spread": (SimpleSpread, SimpleSpreadSettings, simple_spread_v3),
    "reference": (SimpleReference, SimpleReferenceSettings, simple_reference_v3),
    "speaker-listener": (SimpleSpeakerListener, SimpleSpeakerListenerSettings, simple_speaker_listener_v4),
    "adversary": (SimpleAdversary, SimpleAdversarySettings, simple_adversary_v3),
}


def make(name, batch=1, **settings):
    environment, declared, _ = SCENARIOS[name]
    return environment(declared(**settings), batch=batch)


class Oracle:
    """B copies of mpe2's environment, and ours put into their worlds."""

    def __init__(self, name, batch, seed, actions, **options):
        renamed = {"agents": "N", "good_agents": "N", "horizon": "max_cycles"}
        theirs = {renamed.get(key, key): value for key, value in options.items()}
        module, continuous = SCENARIOS[name][2], actions == "continuous"
        self.copies = [module.parallel_env(continuous_actions=continuous, **theirs) for _ in range(batch)]
        for row, copy in enumerate(self.copies):
            copy.reset(seed=100 * seed + row)
        self.ours = make(name, batch, actions=actions, **options)
        self.ours.reset(0)
        self.ours.load_state_dict(self.ours.state_dict() | {"world": self.world()})

    @property
    def agents(self):
        return self.copies[0].possible_agents

    def world(self):
        worlds = [copy.unwrapped.world for copy in self.copies]
        return {
            "position": _stack([[a.state.p_pos for a in w.agents if a.movable] for w in worlds]),
            "velocity": _stack([[a.state.p_vel for a in w.agents if a.movable] for w in worlds]),
            "landmarks": _stack([[mark.state.p_pos for mark in w.landmarks] for w in worlds]),
            "goals": torch.tensor([_goals(w) for w in worlds]).long(),
            "utterance": _stack([[a.state.c for a in w.agents if not a.silent] for w in worlds]).float(),
        }

    def observations(self):
        """[B, n, o], padded with zeros."""
        rows = [[copy.unwrapped.observe(agent) for agent in self.agents] for copy in self.copies]
        size = max(len(values) for values in rows[0])
        return torch.tensor(np.array([[np.pad(v, (0, size - len(v))) for v in row] for row in rows]))

    def states(self):
        return torch.tensor(np.stack([copy.state() for copy in self.copies]))

    def step(self, actions):
        """The agents' rewards [B, n], and whether they were truncated."""
        rewards, truncated = [], []
        for copy, row in zip(self.copies, actions, strict=True):
            chosen = {}
            for agent, action in zip(self.agents, row, strict=True):
                space = copy.action_space(agent)
                chosen[agent] = action[: space.shape[0]].numpy() if space.shape else int(action)
            _, reward, _, cut, _ = copy.step(chosen)
            rewards.append([reward[agent] for agent in self.agents])
            truncated.append(all(cut.values()))
        return torch.tensor(rewards), torch.tensor(truncated)

    def compare(self, seed, steps=25):
        """The largest difference in observations, states and rewards, over an episode of random actions."""
        generator = torch.Generator().manual_seed(seed)
        worst = 0.0
        for time in range(steps):
            actions = random_actions(self.ours, generator)
            rewards, truncated = self.step(actions)
            step = self.ours.step(actions)
            assert torch.equal(step.truncated, truncated)
            assert truncated.all() == (time == steps - 1)
            assert not step.terminated.any()
            observation = step.observation if step.final_observation is None else step.final_observation
            state = step.state if step.final_state is None else step.final_state
            worst = max(worst, _apart(observation, self.observations()), _apart(state, self.states()))
            if step.agent_reward is not None:
                worst = max(worst, _apart(step.agent_reward, rewards))
            worst = max(worst, _apart(step.reward, rewards.sum(1)))
        return worst


def random_actions(environment, generator):
    """Uniform actions in the agents' spaces; continuous ones go beyond their bounds now and then."""
    spaces = environment.spec.action_spaces
    if not spaces[0].shape:
        return torch.stack(
            [torch.randint(int(space.n), (environment.batch,), generator=generator) for space in spaces], dim=1
        )
    size = max(space.shape[0] for space in spaces)
    return torch.rand(environment.batch, len(spaces), size, generator=generator) * 1.2 - 0.1


def _stack(values):
    return torch.tensor(np.array(values), dtype=torch.float64)


def _goals(world):
    """Of each agent that has one of its own; or the one of all."""
    if hasattr(world.agents[0], "adversary"):
        return [world.landmarks.index(world.agents[0].goal_a)]
    owners = [agent for agent in world.agents if getattr(agent, "_goal_b", None) is not None]
    return [world.landmarks.index(agent.goal_b) for agent in owners]


def _apart(ours, theirs):
    assert ours.shape == theirs.shape
    return (ours - theirs).abs().max().item()


@pytest.fixture(params=SCENARIOS)
def scenario(request):
    return request.param


@pytest.fixture(params=["continuous", "discrete"])
def actions(request):
    return request.param
