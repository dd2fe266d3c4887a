import pytest
import torch

from quorate_value_decomposition.mixers import Additive, Independent, Monotonic
from quorate_value_decomposition.settings import MixerSettings


@pytest.fixture
def monotonic():
    torch.manual_seed(0)
    return Monotonic(MixerSettings(width=16, hidden=[16]), agents=3, state_size=5)


def test_the_value_never_falls_where_a_utility_rises(monotonic):
    state = torch.randn(400, 5)
    utilities = (3 * torch.randn(400, 3)).requires_grad_()
    (slope,) = torch.autograd.grad(monotonic(utilities, state).sum(), utilities)
    assert float(slope.min()) >= 0
    assert float(slope.max()) > 0.1
    for agent in range(3):
        more = utilities.detach().clone()
        more[:, agent] += 4 * torch.rand(400)
        assert bool((monotonic(more, state) >= monotonic(utilities, state) - 1e-5).all())


def test_without_positive_weights_it_falls_somewhere(monotonic, monkeypatch):
    monkeypatch.setattr(torch.Tensor, "abs", lambda self: self)
    utilities = torch.randn(400, 3, requires_grad=True)
    (slope,) = torch.autograd.grad(monotonic(utilities, torch.randn(400, 5)).sum(), utilities)
    assert float(slope.min()) < 0


def test_the_best_joint_action_is_each_agents_own_best(monotonic):
    utilities, state = torch.randn(50, 3, 4), torch.randn(50, 5)
    joint = torch.cartesian_prod(*[torch.arange(4)] * 3)
    every = torch.stack([utilities[:, agent, joint[:, agent]] for agent in range(3)], -1)
    values = monotonic(every, state[:, None].expand(-1, len(joint), -1))[..., 0]
    assert torch.equal(joint[values.argmax(1)], utilities.argmax(-1))


def test_the_state_changes_how_utilities_count(monotonic):
    utilities = torch.randn(1, 3).expand(20, 3)
    assert float(monotonic(utilities, torch.randn(20, 5)).detach().std()) > 0.01


def test_vdn_adds_and_iql_does_not():
    utilities = torch.randn(4, 7, 3)
    assert torch.equal(Additive()(utilities, torch.zeros(4, 7, 0)), utilities.sum(-1, keepdim=True))
    assert torch.equal(Independent()(utilities, torch.zeros(4, 7, 0)), utilities)
