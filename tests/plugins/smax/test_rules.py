"""The battles are jaxmarl's own, step for step."""

import numpy as np
import pytest
import torch

from quorate.interfaces import PolicySpec
from quorate.seeding import derive_seed
from quorate_smax.lean import smax_module
from quorate_smax.settings import SCENARIOS, UNITS, ActionKind, HeuristicSettings

from .conftest import BATCH, make

jax = pytest.importorskip("jax", reason="the extra smax is not installed")
battles = pytest.importorskip("quorate_smax.battles")
heuristic = pytest.importorskip("quorate_smax.heuristic")


class Theirs:
    """Copies of jaxmarl's environment that draw what ours do."""

    def __init__(self, scenario, actions, seed):
        smax = smax_module()
        self.game = smax.HeuristicEnemySMAX(
            scenario=smax.map_name_to_scenario(scenario), action_type=str(actions), max_steps=99
        )
        _, use = jax.random.split(jax.random.PRNGKey(derive_seed(seed, "smax") % 2**32))
        self.keys = jax.random.split(use, BATCH)
        self._reset, self._step = jax.jit(jax.vmap(self.game.reset)), jax.jit(self._all)
        self.observation, state = self._reset(self._use())
        self.state = battles._strong(state)

    def step(self, actions):
        chosen = {agent: actions[:, index] for index, agent in enumerate(self.game.agents)}
        self.observation, self.state, reward, done, valid = self._step(self._use(), self.state, chosen)
        return np.asarray(reward["ally_0"]), np.asarray(done["__all__"]), self.stacked(valid)

    def stacked(self, of_agents):
        return np.stack([of_agents[agent] for agent in self.game.agents], axis=1)

    def _all(self, keys, state, actions):
        observation, state, reward, done, _ = jax.vmap(self.game.step)(keys, state, actions)
        return observation, state, reward, done, jax.vmap(self.game.get_avail_actions)(state)

    def _use(self):
        both = jax.vmap(jax.random.split)(self.keys)
        self.keys = both[:, 0]
        return both[:, 1]


def drawn(step, actions, agents, generator):
    if actions is ActionKind.CONTINUOUS:
        return torch.rand(BATCH, agents, 4, generator=generator) * 1.4 - 0.2  # some of it outside [0, 1]
    return torch.multinomial(step.action_mask.float().flatten(0, 1), 1, generator=generator).reshape(BATCH, agents)


@pytest.mark.parametrize(
    ("scenario", "actions"), [("3s_vs_5z", ActionKind.CONTINUOUS), ("smacv2_5_units", ActionKind.DISCRETE)]
)
def test_whole_episodes_equal_jaxmarls(scenario, actions):
    ours = make(scenario=scenario, actions=actions, spawn_margin=0.0)
    step, theirs = ours.reset(5), Theirs(scenario, actions, 5)
    generator, episodes = torch.Generator().manual_seed(0), 0
    assert np.allclose(theirs.stacked(theirs.observation), step.observation.numpy(), atol=1e-6)
    while episodes < 50:
        chosen = drawn(step, actions, len(theirs.game.agents), generator)
        step = ours.step(chosen)
        continuous = actions is ActionKind.CONTINUOUS
        reward, ended, valid = theirs.step((chosen.clamp(0, 1) if continuous else chosen.int()).numpy())
        assert np.array_equal(reward, step.reward.numpy())
        assert np.array_equal(ended, step.ended.numpy())
        assert np.abs(theirs.stacked(theirs.observation) - step.observation.numpy()).max() <= 1e-6
        if actions is ActionKind.DISCRETE:
            assert np.array_equal(valid.astype(bool), step.action_mask.numpy())
        episodes += int(ended.sum())


def test_the_state_is_theirs_without_what_never_changes():
    ours = make(scenario="smacv2_5_units", actions=ActionKind.DISCRETE, spawn_margin=0.0)
    step, theirs = ours.reset(5), Theirs("smacv2_5_units", ActionKind.DISCRETE, 5)
    world = np.asarray(theirs.observation["world_state"])[:, :100].reshape(BATCH, 10, 10)
    scaled = world / np.array([1, 32, 32, 1, *[1] * 6])
    assert np.allclose(step.state.numpy().reshape(BATCH, 10, 10), scaled, atol=1e-6)  # nobody has shot yet
    fixed = make(scenario="3s_vs_5z", actions=ActionKind.CONTINUOUS, spawn_margin=0.0)
    assert fixed.spec.state_size == 8 * 4


def test_the_scenarios_and_units_are_jaxmarls():
    smax = smax_module()
    found = {
        name: (scenario.num_allies, scenario.num_enemies)
        for name, scenario in smax.smax_env.MAP_NAME_TO_SCENARIO.items()
    }
    assert found == SCENARIOS
    assert tuple(smax.SMAX().unit_type_names) == UNITS


@pytest.mark.parametrize("epsilon", [0.0, 1.0])
def test_allies_who_play_by_the_heuristic_win_some_battles(epsilon):
    ours = make(scenario="3m")
    spec = PolicySpec.of(ours.spec, ours.spec.observation_size)
    policy, generator = (
        heuristic.HeuristicPolicy(HeuristicSettings(epsilon=epsilon), spec),
        torch.Generator().manual_seed(0),
    )
    step, memory, outcomes = ours.reset(3), torch.zeros(BATCH, 3, 3), []
    for _ in range(150):
        features, memory = policy.encode(step.observation, memory, step.ended)
        step = ours.step(policy.sample(features, 1, generator, step.action_mask)[0])
        if step.outcomes is not None:
            outcomes.append(step.outcomes[step.ended])
            won = step.outcomes[:, 0] == 1
            assert (step.outcomes[won, 2] == 3).all()
            assert (step.outcomes[won, 1] < 3).all()
            assert (step.reward[won] >= 1).all()
            assert (step.reward[step.ended & ~won] < 1).all()
    rate = torch.cat(outcomes)[:, 0].mean()
    assert rate == 0 if epsilon else 0.2 < rate < 1
