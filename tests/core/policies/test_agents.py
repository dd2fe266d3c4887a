"""What holds for every policy class: agents are apart, padding is nothing, randomness is passed."""

import copy

import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces import Policy, ProjectionTarget

NAMES = "gaussian", "categorical", "ddpm"
CONTINUOUS = "gaussian", "ddpm"


def draw(policy: Policy, inputs: torch.Tensor, count: int = 4) -> torch.Tensor:
    return policy.sample(inputs, count, torch.Generator().manual_seed(1))


def loss(policy: Policy, target: ProjectionTarget) -> torch.Tensor:
    return policy.projection_loss(target, torch.Generator().manual_seed(1))


def target_of(policy: Policy, inputs: torch.Tensor) -> ProjectionTarget:
    actions = draw(policy, inputs)
    return ProjectionTarget(
        inputs, actions, torch.rand(actions.shape[:-1]), lambda a: -a.square().sum(-1), copy.deepcopy(policy)
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shared", [False, True])
def test_an_agents_input_moves_its_own_actions_only(name, shared, policy) -> None:
    built, inputs = policy(name, shared=shared), torch.randn(64, 3, 5, generator=torch.Generator().manual_seed(0))
    before, changed = draw(built, inputs), inputs.clone()
    changed[:, 1] += 3
    same = draw(built, changed) == before
    assert bool(same[:, :, [0, 2]].all())
    assert not bool(same[:, :, 1].all())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shared", [False, True])
def test_an_agents_parameters_move_its_own_actions_unless_they_are_shared(name, shared, policy) -> None:
    built, inputs = policy(name, shared=shared), torch.randn(64, 3, 5, generator=torch.Generator().manual_seed(0))
    before = draw(built, inputs)
    with torch.no_grad():
        for parameter in built.parameters():
            parameter[0] += 0.5
    changed = (draw(built, inputs) != before).flatten(3).any(-1) if before.dim() == 4 else draw(built, inputs) != before
    assert bool(changed[:, :, 0].any())
    assert bool(changed[:, :, [1, 2]].any()) is shared


@pytest.mark.parametrize("name", CONTINUOUS)
def test_an_agents_loss_has_gradients_for_its_own_parameters_only(name, policy) -> None:
    built = policy(name)
    loss(built, target_of(built, torch.randn(8, 3, 5)))[1].backward()
    for parameter in built.parameters():
        reached = parameter.grad.flatten(1).abs().amax(1) > 0
        assert reached.tolist() == [False, bool(reached[1]), False]
    assert any(bool(parameter.grad[1].any()) for parameter in built.parameters())


@pytest.mark.parametrize("name", CONTINUOUS)
def test_agents_together_are_agents_apart(name, policy) -> None:
    """The batch equals a loop over agents with the same noise, actions and losses both."""
    together, inputs = policy(name, sizes=(2, 2, 2)), torch.randn(6, 3, 5)
    normal = torch.randn
    target = target_of(together, inputs)
    actions, losses = draw(together, inputs), loss(together, target)
    for agent in range(3):
        alone = policy(name, agents=1, sizes=(2,))
        own = slice(agent, agent + 1)
        alone.load_state_dict({key: value[own] for key, value in together.state_dict().items()})
        old = None if name == "ddpm" else alone
        part = ProjectionTarget(
            inputs[:, own], target.actions[:, :, own], target.weights[:, :, own], target.log_weight, old
        )
        with pytest.MonkeyPatch.context() as patch:

            def noise(shape, *, generator, device, own=own):
                axis = len(shape) - 3 if name == "ddpm" else len(shape) - 2
                full = list(shape)
                full[axis] = 3
                return normal(full, generator=generator, device=device).movedim(axis, 0)[own].movedim(0, axis)

            patch.setattr(torch, "randn", noise)
            torch.testing.assert_close(draw(alone, inputs[:, own]), actions[:, :, own])
            if name == "gaussian":  # steps of diffusion are drawn from the same generator, with another shape
                torch.testing.assert_close(loss(alone, part), losses[own])


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("shared", [False, True])
def test_padding_is_zero_and_counts_nowhere(name, shared, policy) -> None:
    built, inputs = policy(name, shared=shared), torch.randn(8, 3, 5)
    target = target_of(built, inputs)
    padding = ~built.spec.action_features()
    assert not bool(target.actions[..., padding].any())
    assert bool(target.actions[..., ~padding].all())
    dirty = target.actions + padding * 7.0
    if name == "gaussian":
        torch.testing.assert_close(built.evaluate(inputs, dirty[0])[0], built.evaluate(inputs, target.actions[0])[0])
    loss(built, target).sum().backward()
    last = (built.network if name == "gaussian" else built.score.rest).layers[-1]
    if not shared:
        bias = last.bias.grad[:, 0, :3]
        assert not bool(bias[padding].any())
        assert bool(bias[~padding].all())


@pytest.mark.parametrize("name", NAMES)
def test_the_global_generator_decides_how_a_policy_begins_and_nothing_else(name, policy) -> None:
    first, second = policy(name), policy(name)
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)
    inputs, state = torch.randn(4, 3, 5), torch.get_rng_state()
    assert torch.equal(draw(first, inputs), draw(second, inputs))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", NAMES)
def test_actions_of_the_other_kind_are_refused(name, policy) -> None:
    built = policy(name)
    spec = built.spec.__class__(3, 5, (2, 3, 1), not built.spec.discrete)
    with pytest.raises(QuorateError, match="actions"):
        type(built)(None, spec)
