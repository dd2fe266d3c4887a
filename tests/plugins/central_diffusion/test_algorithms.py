import copy
import math

import pytest
import torch

from quorate.errors import QuorateError
from quorate.learning.multi_step import Sample
from quorate.run.checkpoint import load_checkpoint, save_checkpoint

SMALL = "environments: 4", "batch_size: 16", "warmup_steps: 12", "critic_warmup: 1"
LEARN = "batch_size: 128", "policy_learning_rate: 0.001", "critic_learning_rate: 0.003"


def sample(algorithm, rows=32):
    spec = algorithm.spec
    inputs = torch.zeros(rows, spec.agents, spec.input_size)
    state = torch.zeros(rows, algorithm.environment.spec.state_size)
    return Sample(
        inputs,
        state,
        torch.zeros(rows, spec.agents, spec.action_size),
        torch.zeros(rows),
        torch.zeros(rows),
        inputs,
        state,
    )


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one.policy.parameters(), two.policy.parameters(), strict=True))


@pytest.mark.parametrize("name", ["dacer", "qvpo"])
def test_they_learn_to_stay_where_nothing_is_punished(build, evaluated, name):
    """Random actions return -2.7 on average; the best is 0."""
    algorithm = build(name, *LEARN, steps=250)
    assert evaluated(algorithm)["return/mean"] < -0.8
    for _ in range(250):
        algorithm.train_step()
    assert evaluated(algorithm)["return/mean"] > -0.4


@pytest.mark.parametrize("name", ["dacer", "qvpo"])
def test_policies_find_the_best_of_a_known_value(build, name):
    algorithm = build(name, "policy_learning_rate: 0.003")
    best = torch.tensor([0.5, -0.3])
    algorithm.value = lambda state, joint, alive: -(joint - best).square().sum(-1)
    batch = sample(algorithm, rows=64)
    for _ in range(250):
        algorithm._update_policy(batch)
    joint = algorithm.policy.sample(batch.state[:, None], 1, algorithm._randomness)[0, :, 0]
    torch.testing.assert_close(joint.mean(0), best, atol=0.12, rtol=0)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("dacer", "critics: plain"),
        ("dacer", "{critics: distributional, entropy: gaussian, temperature_interval: 2, policy_delay: 2}"),
        ("qvpo", "sees: inputs"),
        ("qvpo", "clip_norm: 2.0"),
    ],
)
def test_they_resume_bit_for_bit(build, evaluated, tmp_path, name, changes):
    lines = changes.strip("{}").split(", ")
    one, two = build(name, *SMALL, *lines), build(name, *SMALL, *lines)
    for _ in range(6):
        one.train_step()
    save_checkpoint(tmp_path / "state", one.state_dict())
    two.load_state_dict(load_checkpoint(tmp_path / "state"))
    evaluated(one, episodes=4)  # must not matter
    for _ in range(4):
        left, right = one.train_step(), two.train_step()
    assert left.keys() == right.keys()
    assert all(torch.equal(torch.as_tensor(left[key]), torch.as_tensor(right[key])) for key in left)
    assert same(one, two)
    two.load_state_dict({**one.state_dict(), "randomness": torch.Generator().manual_seed(9).get_state()})
    for _ in range(2):
        one.train_step()
        two.train_step()
    assert not same(one, two)  # negative control: the generator matters


def test_entropy_estimates(build):
    """Of actions that hardly vary, both estimates are that of the noise; of others, a Gaussian's is larger."""
    algorithm = build("dacer", "entropy: gaussian", "entropy_samples: 2000", "noise: 0.1", "initial_alpha: 2.0")
    batch = sample(algorithm, rows=4)
    noise = math.log(2 * math.pi * math.e * 0.2**2)  # two features
    std = torch.tensor([1e-4, 1e-4])
    algorithm.policy.sample = lambda seen, count, generator: std * torch.randn(count, len(seen), 1, 2)
    assert abs(float(algorithm._entropy(batch)) - noise) < 0.05
    std = torch.tensor([0.3, 0.5])
    expected = 0.5 * sum(math.log(2 * math.pi * math.e * (0.2**2 + s**2)) for s in (0.3, 0.5))
    assert abs(float(algorithm._entropy(batch)) - expected) < 0.05


def test_noise_settles_at_its_target_entropy(build):
    algorithm = build("dacer", "temperature_learning_rate: 0.05")
    for _ in range(200):
        algorithm.temperature.update(-algorithm._entropy(sample(algorithm)).reshape(1, 1))
    settled = float(algorithm._noise())
    assert abs(settled - math.exp(-0.9) / math.sqrt(2 * math.pi * math.e)) < 0.005


def test_what_is_imitated_and_with_what_weight(build):
    algorithm = build("qvpo", "uniform_actions: 3", "uniform_weight: [0.5, 0.1]")
    best, advantage = torch.tensor([[0.3, 0.4], [0.1, 0.2]]), torch.tensor([2.0, 4.0])
    actions, weights = algorithm._with_uniform(best, advantage)
    assert torch.equal(actions[0], best)
    assert weights.tolist() == [[2, 4], [1, 2], [1, 2], [1, 2]]
    assert bool((actions[1:].abs() <= 1).all())
    assert actions[1:].unique().numel() == 12


def test_the_critics_train_alone_at_first(build):
    algorithm = build("qvpo", *SMALL[:3], "critic_warmup: 2")
    before = copy.deepcopy(algorithm.policy.state_dict())
    while algorithm.updates < 2:
        algorithm.train_step()
    assert all(torch.equal(value, before[name]) for name, value in algorithm.policy.state_dict().items())
    algorithm.train_step()
    assert not all(torch.equal(value, before[name]) for name, value in algorithm.policy.state_dict().items())


def test_a_policy_that_can_not_be_improved_is_refused(build):
    with pytest.raises(QuorateError, match="can not improve policies of the class 'gaussian'"):
        build("dacer", policy="gaussian")


def test_a_projection_that_needs_more_than_samples_is_refused_before_training(build):
    with pytest.raises(QuorateError, match="reverse KL"):
        build("qvpo", policy="gaussian")
    build("qvpo", policy="{name: gaussian, projection: weighted-likelihood}")


def test_the_entropy_is_of_agents_that_are_alive(build):
    """Were all as those: one of two agents with a spread of 0.3 stands for two."""
    algorithm = build("dacer", "entropy: gaussian", "entropy_samples: 2000", "noise: 0.1", "initial_alpha: 2.0")
    batch, std = sample(algorithm, rows=4), torch.tensor([0.3, 0.5])
    algorithm.policy.sample = lambda inputs, count, generator: torch.randn(count, 4, 1, 2, generator=generator) * std
    batch.agent_mask = torch.tensor([[True, False]]).expand(4, 2)
    expected = math.log(2 * math.pi * math.e * (0.2**2 + 0.3**2))
    assert abs(float(algorithm._entropy(batch)) - expected) < 0.05


def test_no_gradient_flows_through_the_actions_of_agents_that_are_gone(build):
    algorithm = build("dacer")
    batch, joint = sample(algorithm, rows=4), torch.zeros(1, 4, 1, 2, requires_grad=True)
    algorithm.policy.sample_through = lambda inputs, generator: joint
    batch.agent_mask = torch.tensor([[True, False], [True, True], [False, True], [True, False]])
    (gradient,) = torch.autograd.grad(algorithm.policy_loss(batch), joint)
    assert torch.equal(gradient[0, :, 0] != 0, batch.agent_mask)
