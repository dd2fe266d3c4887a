import torch

from quorate.learning.critics import TwinCritics
from quorate.learning.settings import mlp
from quorate.learning.stacks import soft_update


def twins(members: int = 3, outputs: int = 1) -> TwinCritics:
    return TwinCritics(mlp(hidden=[8, 8]), members, 5, torch.Generator().manual_seed(0), outputs)


def test_shapes_and_minimum():
    critics, x = twins(outputs=2), torch.randn(3, 7, 5)
    both = critics(x)
    assert both.shape == (2, 3, 7)
    assert critics.outputs(x).shape == (2, 3, 7, 2)
    assert torch.equal(critics.minimum(x), torch.minimum(both[0], both[1]))
    assert not torch.allclose(both[0], both[1])  # the twins begin differently


def test_value_reaches_the_action_and_not_the_critics():
    critics, x = twins(), torch.randn(3, 7, 5, requires_grad=True)
    value = critics.value(x)
    assert torch.equal(value, critics.minimum(x))
    value.sum().backward()
    assert (x.grad.abs().amax(-1) > 0).all()
    assert all(parameter.grad is None and parameter.requires_grad for parameter in critics.parameters())


def test_members_do_not_mix():
    critics, x = twins(), torch.randn(3, 7, 5)
    critics(x)[:, 1].sum().backward()
    for parameter in critics.parameters():
        norms = parameter.grad.reshape(2, 3, -1).norm(dim=-1)
        assert bool((norms[:, 1] > 0).all())
        assert not norms[:, [0, 2]].any()


def test_target_is_apart_until_it_is_moved():
    critics, x = twins(), torch.randn(3, 7, 5)
    target = critics.target()
    assert torch.equal(target(x), critics(x))
    assert not any(parameter.requires_grad for parameter in target.parameters())
    with torch.no_grad():
        critics.networks.layers[-1].bias += 1
    assert not torch.allclose(target(x), critics(x))
    soft_update(target, critics, 0.25)
    torch.testing.assert_close(target(x), critics(x) - 0.75)
