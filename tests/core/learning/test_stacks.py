import pytest
import torch

from quorate.interfaces import NetworkSpec
from quorate.learning.initialisation import initialised_by
from quorate.learning.networks import build_network
from quorate.learning.settings import mlp
from quorate.learning.stacks import agents_first, agents_last, clip_gradients, clip_together, soft_update


def stack(members=3, **changes):
    with initialised_by(torch.Generator().manual_seed(1)):
        return build_network(mlp(hidden=[8, 6], **changes), NetworkSpec(members, 5, 2))


def test_gradients_are_clipped_member_by_member():
    network, x = stack(), torch.randn(3, 7, 5)
    (network(x) * torch.tensor([1e-3, 1.0, 1e3])[:, None, None]).square().sum().backward()
    before = clip_gradients(network.parameters(), None)
    norms = clip_gradients(network.parameters(), 1.0)
    after = clip_gradients(network.parameters(), None)
    torch.testing.assert_close(norms, before)
    assert before[0] < 1 < before[2]
    torch.testing.assert_close(after, before.clamp(max=1.0))


@pytest.mark.parametrize("limit", [None, 1e-3, 1e3])
def test_gradients_are_clipped_together_as_torch_does(limit):
    networks = stack(), stack()
    for network in networks:
        network(torch.linspace(-1, 1, 105).reshape(3, 7, 5)).square().sum().backward()
    norm = clip_together(networks[0].parameters(), limit)
    expected = torch.nn.utils.clip_grad_norm_(networks[1].parameters(), torch.inf if limit is None else limit)
    assert torch.equal(norm, expected)
    for ours, theirs in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)


def test_without_gradients_nothing_is_clipped():
    assert clip_together(stack().parameters(), 1.0) == 0


def test_agents_first_and_last_are_inverse():
    x = torch.randn(4, 7, 3, 5)
    rows = agents_first(x)
    assert rows.shape == (3, 28, 5)
    torch.testing.assert_close(rows[1, 9], x[1, 2, 1])
    torch.testing.assert_close(agents_last(rows, (4, 7)), x)


def test_soft_update_moves_a_share_of_the_way():
    target, source = stack(), stack()
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.add_(1.0)
    before = [parameter.clone() for parameter in target.parameters()]
    soft_update(target, source, 0.25)
    for old, new in zip(before, target.parameters(), strict=True):
        torch.testing.assert_close(new, old + 0.25)
