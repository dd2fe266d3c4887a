import copy

import pytest
import torch

from quorate.learning.multi_step import Sample
from quorate.run.checkpoint import load_checkpoint, save_checkpoint
from quorate.seeding import generator
from quorate_hasac.settings import Turns


def quadratic(best, pull=0.0):
    """An action value whose best joint action is known: minus squared distances, and a product of two actions."""

    def value(state, actions):
        return -(actions[..., 0] - torch.tensor(best)).square().sum(-1) + pull * actions[:, 0, 0] * actions[:, 1, 0]

    return value


def sample(algorithm, rows=32, mask=None):
    agents, size, states = algorithm.spec.agents, algorithm.spec.input_size, algorithm.environment.spec.state_size
    randomness = generator(0)
    inputs = torch.randn(rows, agents, size, generator=randomness)
    state = torch.randn(rows, states, generator=randomness)
    actions = torch.zeros(rows, agents, algorithm.spec.action_size)
    ones = torch.ones(rows)
    return Sample(inputs, state, actions, ones, 0 * ones, inputs, state, mask)


def parameters(policy, agent):
    return torch.cat([parameter.detach()[agent].flatten() for parameter in policy.parameters()])


@pytest.mark.parametrize("turns", list(Turns))
def test_policies_find_the_best_of_a_known_value(build, turns):
    algorithm = build(f"turns: {turns}, learn_temperature: false, initial_alpha: 0.0001, policy_learning_rate: 0.01")
    algorithm._value = quadratic([0.5, -0.3])
    update = algorithm._update_in_turn if turns is Turns.SEQUENTIAL else algorithm._update_at_once
    batch = sample(algorithm)
    for _ in range(120):
        algorithm.updates += 1
        update(batch)
    mode = algorithm.policy.mode(batch.inputs)[..., 0].mean(0)
    torch.testing.assert_close(mode, torch.tensor([0.5, -0.3]), atol=0.05, rtol=0)


def test_at_once_each_gradient_is_of_the_agents_own_loss(build):
    """The gradient of the shared value is that of one agent's loss with the others' actions held still."""
    algorithm = build("turns: simultaneous")
    algorithm._value = quadratic([0.5, -0.3], pull=2.0)
    batch, captured = sample(algorithm), []
    algorithm._step = lambda agent, loss, alive: captured.append(
        torch.autograd.grad(loss, list(algorithm.policy.parameters()))
    )
    state = algorithm._randomness.get_state()
    algorithm._update_at_once(batch)
    for agent in range(2):
        algorithm._randomness.set_state(state)
        actions, density = algorithm.policy.rsample(batch.inputs, algorithm._randomness)
        own = actions.detach().clone()
        own[:, agent] = actions[:, agent]
        alpha = algorithm.temperatures.value[agent]
        loss = (alpha * density[:, agent] - algorithm._value(batch.state, own)).mean()
        expected = torch.autograd.grad(loss, list(algorithm.policy.parameters()))
        for found, wanted in zip(captured[0], expected, strict=True):
            torch.testing.assert_close(found[agent], wanted[agent])
            assert not wanted[1 - agent].any()


def test_in_turn_each_agent_answers_the_new_actions_of_those_before(build):
    """The value is a_1 a_2: the second to move follows where the first has just gone, and not where it was."""
    algorithm = build("turns: sequential, policy_learning_rate: 0.05, learn_temperature: false, initial_alpha: 1e-6")
    seen = []
    algorithm._order = lambda: [1, 0]

    def value(state, actions):
        seen.append(actions.detach())
        return actions[:, 1, 0] * 5

    algorithm._value = value
    batch = sample(algorithm, rows=256)
    for _ in range(20):
        algorithm._update_in_turn(batch)
    first, second = seen[-2], seen[-1]
    moved = algorithm.policy.mode(batch.inputs)[:, 1, 0].mean()
    assert moved > 0.9
    before = float(seen[1][:, 1, 0].mean()) - float(seen[0][:, 1, 0].mean())
    assert before > 0.01  # already in the first update agent 0 sees what agent 1 became
    assert float(second[:, 1, 0].mean()) >= float(first[:, 1, 0].mean()) - 0.05


@pytest.mark.parametrize("turns", list(Turns))
def test_dead_agents_are_not_trained(build, turns):
    algorithm = build(f"turns: {turns}")
    alive = torch.ones(32, 2, dtype=torch.bool)
    alive[:, 1] = False
    before = [parameters(algorithm.policy, agent) for agent in range(2)]
    batch = sample(algorithm, mask=alive)
    (algorithm._update_in_turn if turns is Turns.SEQUENTIAL else algorithm._update_at_once)(batch)
    assert not torch.equal(parameters(algorithm.policy, 0), before[0])
    assert torch.equal(parameters(algorithm.policy, 1), before[1])


@pytest.mark.parametrize("turns", list(Turns))
def test_temperatures_are_of_agents_that_are_alive(build, turns):
    """An agent that is always gone keeps its alpha, and the joint one moves by the other's entropy and target."""
    one, two = (build(f"turns: {turns}, initial_alpha: 0.5, temperature_learning_rate: 0.01") for _ in range(2))
    alive = torch.tensor([[True, False]]).expand(32, 2)
    metrics = one.update(sample(one, mask=alive))
    assert one.temperatures.value[1] == 0.5
    assert one.temperatures.value[0] != 0.5
    density = torch.tensor([[0.4, 77.0], [0.8, -55.0]])
    one, two = build(f"turns: {turns}"), build(f"turns: {turns}")
    one._update_temperatures(density, alive[:2])
    two.temperatures.update(density[:, :1].expand(-1, 2))
    two.critic_temperature._targets = two.critic_temperature._targets / 2
    two.critic_temperature.update(density[:, :1])
    torch.testing.assert_close(one.critic_temperature.value, two.critic_temperature.value)
    torch.testing.assert_close(one.temperatures.value[0], two.temperatures.value[0])
    assert metrics["entropy"].isfinite()


def test_the_value_trains_no_critic(build):
    algorithm = build()
    batch = sample(algorithm)
    algorithm._update_in_turn(batch)
    assert all(parameter.grad is None for parameter in algorithm.critics.parameters())
    assert all(parameter.requires_grad for parameter in algorithm.critics.parameters())


def test_warm_up_acts_at_random_and_makes_no_updates(build):
    algorithm = build("turns: sequential")
    before = copy.deepcopy(algorithm.policy.state_dict())
    metrics = [algorithm.train_step() for _ in range(2)]
    assert metrics[-1]["updates"] == 0
    assert all(torch.equal(value, before[name]) for name, value in algorithm.policy.state_dict().items())
    assert algorithm.train_step()["updates"] == 1  # the step that completes the warm-up is followed by an update


@pytest.mark.parametrize("changes", ["turns: sequential", "turns: simultaneous, normalise_values: true, huber: 1.0"])
def test_it_resumes_bit_for_bit(build, evaluated, tmp_path, changes):
    one, two = build(f"{changes}, return_steps: 3"), build(f"{changes}, return_steps: 3")
    for _ in range(6):
        one.train_step()
    save_checkpoint(tmp_path / "state", one.state_dict())
    two.load_state_dict(load_checkpoint(tmp_path / "state"))
    evaluated(one, episodes=4)  # must not matter
    for _ in range(4):
        left, right = one.train_step(), two.train_step()
    assert left.keys() == right.keys()
    assert all(torch.equal(torch.as_tensor(left[name]), torch.as_tensor(right[name])) for name in left)
    for agent in range(2):
        assert torch.equal(parameters(one.policy, agent), parameters(two.policy, agent))


def test_a_state_without_a_part_is_noticed_by_this_test(build):
    """Negative control: without its temperatures the resumed run goes elsewhere."""
    one, two = build(), build()
    for _ in range(6):
        one.train_step()
    state = copy.deepcopy(one.state_dict())
    state["parts"]["temperatures"] = two.state_dict()["parts"]["temperatures"]
    two.load_state_dict(state)
    for _ in range(3):
        one.train_step()
        two.train_step()
    assert not torch.equal(parameters(one.policy, 0), parameters(two.policy, 0))


def test_another_seed_gives_other_policies(build):
    one, two, same = build(), build(seed=1), build()
    assert not torch.equal(parameters(one.policy, 0), parameters(two.policy, 0))
    assert torch.equal(parameters(one.policy, 0), parameters(same.policy, 0))


def test_it_learns_to_stay_where_nothing_is_punished(build, evaluated):
    """Random actions return -2.7 on average; the best is 0."""
    text = """\
environment: {{name: decision-game/learnable-v1, bump_height: 0, success_peak: 0}}
algorithm: {{name: hasac, policy: {{network: {{hidden: [32, 32]}}}}, critic: {{hidden: [64, 64]}}, {changes}}}
budget: {{train_steps: 200}}
"""
    algorithm = build("initial_alpha: 0.1, critic_learning_rate: 0.003, batch_size: 128", text)
    for _ in range(200):
        algorithm.train_step()
    assert evaluated(algorithm)["return/mean"] > -0.2


@pytest.mark.parametrize("preset", ["harl", "harl-mpe", "harl-halfcheetah", "harl-shadow-hand"])
def test_presets_are_built(build, preset):
    text = f"environment: mpe/simple-spread-v3\nalgorithm: hasac/{preset}\nbudget: {{{{train_steps: 12}}}}\n"
    algorithm = build(text=text)
    assert algorithm.conventions()["action_bounds"] == "clip"
    assert algorithm.train_step()["updates"] == 0
