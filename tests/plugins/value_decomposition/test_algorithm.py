import dataclasses

import pytest
import torch

from quorate.learning.multi_step import Sample
from quorate.registry import load_registry
from quorate.testing import assert_conforms, check_component
from quorate_value_decomposition.lesson import of_transitions

REGISTRY = load_registry([], plugins=False)

NAMES = ["iql", "vdn", "qmix"]
SMALL = {"environments": 4, "warmup_steps": 8, "batch_size": 8, "network": {"hidden": [8]}}
PENNIES = "matrix-game/matching-pennies-v1"


def sample(algorithm, rows=6, alive=None, choices=None):
    spec, randomness = algorithm.spec, torch.Generator().manual_seed(0)
    shape = rows, spec.agents, spec.input_size
    inputs, following = torch.randn(2, *shape, generator=randomness)
    state = torch.randn(2, rows, algorithm.environment.spec.state_size, generator=randomness)
    actions = torch.randint(spec.action_size, (rows, spec.agents), generator=randomness)
    returns = torch.randn(rows, generator=randomness)
    masks = {"agent_mask": alive, "next_agent_mask": alive}
    choices = {"action_mask": choices, "next_action_mask": choices}
    return Sample(inputs, state[0], actions, returns, torch.full((rows,), 0.9), following, state[1], **masks, **choices)


@pytest.mark.parametrize("name", ["vdn", "iql"])
def test_it_goes_on_bit_for_bit(name):
    assert_conforms(REGISTRY, "algorithm", name, only=["resumes", "weights", "conventions"])


def test_qmix_conforms():
    assert {str(finding.status) for finding in check_component(REGISTRY, "algorithm", "qmix")} == {"passed"}


def targets(algorithm, batch):
    lesson = of_transitions(batch, algorithm.reward(batch.returns, batch.agent_returns))
    return algorithm._targets(lesson, algorithm.trained.features(lesson)[1:], algorithm.weight(lesson))[0]


def prefer(policy, choice, value=100.0):
    """Add to the utility of a choice, whatever is seen."""
    with torch.no_grad():
        policy.network.layers[-1].bias[..., choice] += value


@pytest.mark.parametrize("name", NAMES)
def test_only_valid_choices_are_bootstrapped_from(build, name):
    algorithm = build(name, PENNIES, **SMALL)
    for part in (algorithm.trained, algorithm.target):
        prefer(part.policy, 1)
    batch = sample(algorithm, choices=torch.tensor([[True, False], [True, True]]).expand(6, 2, 2))
    free = targets(algorithm, dataclasses.replace(batch, action_mask=None, next_action_mask=None))
    lost = free - targets(algorithm, batch)
    assert float(lost[:, 0].min()) > (1 if name == "qmix" else 80)
    assert name != "iql" or not lost[:, 1].any()


@pytest.mark.parametrize("name", NAMES)
def test_agents_that_are_gone_count_nowhere(build, name):
    algorithm = build(name, PENNIES, share_parameters=False, **SMALL)
    alive = torch.tensor([True, False]).expand(6, 2)
    batch = sample(algorithm, alive=alive)
    for _ in range(3):
        algorithm.update(sample(algorithm))  # both have momentum now
    old = [parameter.detach().clone() for parameter in algorithm.policy.parameters()]
    algorithm.update(batch)
    for parameter, was in zip(algorithm.policy.parameters(), old, strict=True):
        assert torch.equal(parameter[1], was[1])
        assert not torch.equal(parameter[0], was[0])
    before = targets(algorithm, batch)
    for part in (algorithm.trained, algorithm.target):
        prefer(part.policy, slice(None), torch.tensor([[[0.0]], [[100.0]]]))
    after = targets(algorithm, batch)
    assert torch.equal(before[:, 0], after[:, 0])
    assert (
        name != "iql"
        or algorithm.weight(of_transitions(batch, algorithm.reward(batch.returns, batch.agent_returns)))[0, :, 1].sum()
        == 0
    )


@pytest.mark.parametrize(("double", "value"), [(True, 0.0), (False, 90.0)])
def test_the_trained_network_chooses_and_the_target_network_tells(build, double, value):
    algorithm = build("iql", PENNIES, double_q=double, **SMALL)
    prefer(algorithm.policy, 0)
    prefer(algorithm.target.policy, 1)
    batch = dataclasses.replace(sample(algorithm), returns=torch.zeros(6))
    assert targets(algorithm, batch).mean() == pytest.approx(value, abs=2)


def test_targets_move_when_it_is_time(build):
    algorithm = build(
        "qmix", PENNIES, target_interval=3, warmup_steps=4, **{k: v for k, v in SMALL.items() if k != "warmup_steps"}
    )
    same = []
    while algorithm.updates < 7:
        algorithm.train_step()
        pairs = zip(algorithm.trained.parameters(), algorithm.target.parameters(), strict=True)
        same.append(all(torch.equal(*pair) for pair in pairs))
    assert same[-7:] == [False, False, True, False, False, True, False]


def test_random_actions_become_fewer(build):
    algorithm = build("vdn", PENNIES, epsilon_end=0.2, epsilon_steps=40, **SMALL)
    told = [float(algorithm.train_step().get("epsilon", -1)) for _ in range(14)]
    assert told[1:4] == pytest.approx([0.84, 0.76, 0.68])
    assert told[9:] == pytest.approx([0.2] * 5)


def test_a_share_of_samples_is_random_and_valid(build):
    policy = build("vdn", PENNIES, epsilon_end=0.3, **SMALL).policy
    prefer(policy, 1)
    inputs = torch.randn(4000, 2, policy.spec.input_size)
    drawn = policy.sample(inputs, 1, torch.Generator().manual_seed(0))[0]
    assert float((drawn == 0).float().mean()) == pytest.approx(0.15, abs=0.02)
    mask = torch.tensor([True, False]).expand(4000, 2, 2)
    assert not policy.sample(inputs, 2, torch.Generator().manual_seed(0), mask).any()


def test_standardised_rewards_are_learned_from(build):
    algorithm = build("vdn", "matrix-game/monotonic-v1", standardise_rewards=True, **SMALL)
    batch = dataclasses.replace(sample(algorithm), discount=torch.zeros(6))
    found = targets(algorithm, batch)
    assert float(found.mean()) == pytest.approx(0, abs=1e-5)
    assert float(found.std(correction=0)) == pytest.approx(1, abs=1e-5)


def test_the_learning_rate_falls_with_the_budget(build):
    algorithm = build("qmix", PENNIES, learning_rate=0.01, learning_rate_end=0.5, **SMALL)
    for _ in range(10):  # the whole of it
        algorithm.train_step()
    assert [group["lr"] for part in algorithm._optimisers.values() for group in part.param_groups] == [0.005] * 2
    assert algorithm.conventions()["budget_schedules"] == "learning rate"


@pytest.mark.parametrize(
    "name", [row.name for name in NAMES for row in REGISTRY.rows("algorithm") if row.preset_of == name]
)
def test_published_settings_can_be_trained_with(name):
    assert_conforms(REGISTRY, "algorithm", name, only=["metrics"])


def test_independent_learners_are_taught_by_their_own_rewards_or_the_teams(build):
    own = torch.randn(6, 2)
    for wanted in (True, False):
        algorithm = build("iql", PENNIES, own_rewards=wanted, **SMALL)
        batch = dataclasses.replace(sample(algorithm), agent_returns=own, discount=torch.zeros(6))
        assert torch.equal(targets(algorithm, batch), own if wanted else batch.returns[:, None].expand(6, 2))
    assert torch.equal(targets(build("vdn", PENNIES, **SMALL), batch)[:, 0], batch.returns)
