import pytest
import torch
from torch import nn

from quorate.errors import QuorateError
from quorate.interfaces import Policy, PolicySpec
from quorate.learning.agent_views import agent_views
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import GaussianSettings, Variance

SPEC = PolicySpec(3, 4, (2, 1, 2), discrete=False)


@pytest.fixture(params=list(Variance))
def stacked(request):
    settings = GaussianSettings(variance=request.param)
    policy = GaussianPolicy(settings, SPEC)
    return policy, agent_views(policy, lambda spec: GaussianPolicy(settings, spec), SPEC)


def test_a_view_acts_as_its_agent(stacked):
    policy, views = stacked
    inputs = torch.randn(5, 3, 4)
    apart = torch.cat([view.mode(inputs[:, [agent]]) for agent, view in enumerate(views)], 1)
    torch.testing.assert_close(apart, policy.mode(inputs))
    assert not apart[:, 1, 1].any()  # the padding of the agent with one action feature


def test_training_a_view_trains_that_agent_alone(stacked):
    policy, views = stacked
    inputs = torch.randn(5, 3, 4)
    before = policy.mode(inputs).detach()
    optimiser = torch.optim.Adam(views[2].parameters(), 0.1, fused=True)
    action, density = views[2].rsample(inputs[:, 2:], torch.Generator().manual_seed(0))
    (action.sum() + density.sum()).backward()
    optimiser.step()
    after = policy.mode(inputs)
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2], after[:, 2])


def test_loading_the_stacked_policy_reaches_the_views(stacked):
    policy, views = stacked
    inputs = torch.randn(5, 3, 4)
    policy.load_state_dict({name: torch.zeros_like(value) for name, value in policy.state_dict().items()})
    assert not views[0].mode(inputs[:, :1]).any()


class Common(Policy):
    def __init__(self, spec: PolicySpec) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(7))

    def sample(self, inputs, count, generator, action_mask=None):
        raise NotImplementedError


def test_parameters_that_agents_share_are_refused():
    with pytest.raises(QuorateError, match="bias of Common is not stacked"):
        agent_views(Common(SPEC), Common, SPEC)
