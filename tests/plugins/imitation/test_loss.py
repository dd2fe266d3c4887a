import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces.policy import PolicySpec, ProjectionTarget
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.ddpm import DDPMPolicy
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import CategoricalSettings, DDPMSettings, GaussianSettings
from quorate.seeding import generator
from quorate_imitation.loss import imitation_loss, teachable

CONTINUOUS = PolicySpec(2, 3, (2, 1), discrete=False)
ALIVE = torch.tensor([[True, True], [True, False], [False, False], [True, False]])


def given(seed=0):
    randomness = generator(seed)
    return torch.randn(4, 2, 3, generator=randomness), torch.rand(4, 2, 2, generator=randomness)


def test_of_a_density_it_is_the_negative_mean_of_who_is_alive():
    policy, (inputs, actions) = GaussianPolicy(GaussianSettings(), CONTINUOUS), given()
    density = policy.evaluate(inputs, actions)[0]
    loss = imitation_loss(policy, inputs, actions, generator(1))
    torch.testing.assert_close(loss, -density.mean(0))
    loss = imitation_loss(policy, inputs, actions, generator(1), alive=ALIVE)
    torch.testing.assert_close(loss, torch.stack([-density[[0, 1, 3], 0].mean(), -density[0, 1]]))


def test_choices_are_valid_ones_only():
    policy = CategoricalPolicy(CategoricalSettings(), PolicySpec(1, 3, (4,), discrete=True))
    inputs, mask = torch.zeros(1, 1, 3), torch.tensor([[[True, True, False, False]]])
    both = sum(imitation_loss(policy, inputs, torch.tensor([[k]]), generator(0), mask).neg().exp() for k in range(2))
    torch.testing.assert_close(both, torch.ones(1))


def test_a_diffusion_policy_predicts_the_noise_on_what_the_teacher_does():
    policy, (inputs, actions) = DDPMPolicy(DDPMSettings(), CONTINUOUS), given()
    target = ProjectionTarget(inputs, actions[None], torch.ones(1, 4, 2))
    expected = policy.projection_loss(target, generator(1))
    torch.testing.assert_close(imitation_loss(policy, inputs, actions, generator(1)), expected)


def test_what_dead_agents_are_told_leaves_a_diffusion_policy_as_it_is():
    policy, (inputs, actions) = DDPMPolicy(DDPMSettings(), CONTINUOUS), given()
    other = actions.clone()
    other[~ALIVE] = -0.9
    losses = [imitation_loss(policy, inputs, told, generator(1), alive=ALIVE) for told in (actions, other)]
    torch.testing.assert_close(*losses)
    assert not torch.allclose(losses[0], imitation_loss(policy, inputs, other, generator(1)))


def test_what_dead_agents_are_told_against_their_masks_counts_nowhere():
    policy = CategoricalPolicy(CategoricalSettings(), PolicySpec(1, 3, (2,), discrete=True))
    mask, alive = torch.tensor([[[True, True]], [[True, False]]]), torch.tensor([[True], [False]])
    loss = imitation_loss(policy, torch.zeros(2, 1, 3), torch.tensor([[0], [1]]), generator(0), mask, alive)
    loss.sum().backward()
    assert loss.isfinite().all()
    assert all(parameter.grad.isfinite().all() for parameter in policy.parameters() if parameter.grad is not None)


def test_what_can_not_be_taught_is_refused(build):
    from imitation_teachers import Linear

    with pytest.raises(QuorateError, match="can not be taught"):
        teachable(Linear(None, CONTINUOUS), discrete=False)
    with pytest.raises(QuorateError, match="can not be taught"):
        build("policy: random")
