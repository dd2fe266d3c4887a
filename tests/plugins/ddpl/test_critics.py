import pytest
import torch

from quorate.interfaces import PolicySpec
from quorate.learning.multi_step import Sample
from quorate.learning.settings import mlp
from quorate_ddpl.critics import AgentCritics
from quorate_ddpl.settings import CriticInput, DDPLSettings

SPEC = PolicySpec(agents=3, input_size=5, action_sizes=(2, 2, 2), discrete=False)
STATE = 4


def make(**changes):
    settings = DDPLSettings(critic=mlp(hidden=[8]), discount=0.9, **changes)
    torch.manual_seed(0)
    return AgentCritics(settings, SPEC, STATE, torch.device("cpu"))


def sample(batch=6, **changes):
    parts = {
        "inputs": torch.randn(batch, 3, 5),
        "state": torch.randn(batch, STATE),
        "actions": torch.rand(batch, 3, 2) * 2 - 1,
        "returns": torch.randn(batch),
        "discount": torch.full((batch,), 0.9),
        "next_inputs": torch.randn(batch, 3, 5),
        "next_state": torch.randn(batch, STATE),
    }
    return Sample(**(parts | changes))


def alone(critics, agent, x):
    """Both values of one agent's critics, by plain matrix products."""
    values = []
    for member in (agent, 3 + agent):
        first, last = critics.networks.layers
        hidden = torch.relu(x @ first.weight[member] + first.bias[member])
        values.append((hidden @ last.weight[member] + last.bias[member])[..., 0])
    return torch.stack(values)


@pytest.mark.parametrize("by_state", [True, False])
def test_values_are_those_of_each_agent_alone(by_state):
    critics = make(critic_input=CriticInput.STATE if by_state else CriticInput.INPUTS)
    seen = torch.randn(6, STATE) if by_state else torch.randn(6, 3, 5)
    actions = torch.rand(7, 6, 3, 2) * 2 - 1
    values = critics.values(seen, actions)
    assert values.shape == (7, 6, 3)
    for agent in range(3):
        its = seen if by_state else seen[:, agent]
        x = torch.cat([its.expand(7, -1, -1), actions[:, :, agent]], dim=-1)
        torch.testing.assert_close(values[..., agent], alone(critics.networks, agent, x).amin(0))


def test_without_twins_the_first_critic_counts():
    critics, one = make(), make(twins=False)
    seen, actions = torch.randn(50, STATE), torch.rand(1, 50, 3, 2)
    both = critics.networks(critics._joined(seen, actions)).movedim(1, -1)[:, None]
    torch.testing.assert_close(one.values(seen, actions), both[0])
    assert (critics.values(seen, actions) < both[0] - 1e-3).any()


def test_actions_beyond_the_box_are_valued_as_its_border():
    critics = make()
    seen, actions = torch.randn(6, STATE), torch.randn(4, 6, 3, 2) * 3
    torch.testing.assert_close(critics.values(seen, actions), critics.values(seen, actions.clamp(-1, 1)))


def test_targets_average_the_values_of_the_next_actions():
    critics = make()
    batch = sample(discount=torch.tensor([0.9, 0.9, 0.9, 0.9, 0.0, 0.0]))
    following = [torch.rand(5, 2, 3, 2), torch.rand(1, 4, 3, 2)]
    losses, _ = critics.losses(batch, following)
    later = torch.cat(
        [
            critics.values(batch.next_state[:2], following[0], target=True).mean(0),
            critics.values(batch.next_state[2:], following[1], target=True).mean(0),
        ]
    )
    goal = batch.returns[:, None] + batch.discount[:, None] * later
    for agent in range(3):
        x = torch.cat([batch.state, batch.actions[:, agent]], dim=-1)
        errors = (alone(critics.networks, agent, x) - goal[:, agent]).square().sum(0)
        torch.testing.assert_close(losses[agent], errors.mean())


def test_terminations_end_the_target_unless_told_otherwise():
    ended = sample(discount=torch.zeros(6))
    following = [torch.rand(1, 6, 3, 2)]
    proper, literal = make(), make(termination=False)
    changed = sample(**(vars(ended) | {"next_state": torch.randn(6, STATE)}))
    assert torch.equal(proper.losses(ended, following)[0], proper.losses(changed, following)[0])
    assert not torch.equal(literal.losses(ended, following)[0], literal.losses(changed, following)[0])


def test_agents_that_are_dead_teach_nothing():
    critics = make()
    mask = torch.ones(6, 3, dtype=torch.bool)
    mask[:, 1] = False
    losses, _ = critics.losses(sample(agent_mask=mask), [torch.rand(1, 6, 3, 2)])
    assert losses[1] == 0
    assert (losses[[0, 2]] > 0).all()
