import pytest
import torch
from torch.distributions import Categorical

from quorate.interfaces import Greedy, Likelihood, Reparameterised
from quorate.learning.settings import mlp
from quorate.learning.traced import TracedLikelihood


def masked() -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs [6, 3, 5] and a mask [6, 3, 3] that leaves at least the last real choice or nothing."""
    mask = torch.rand(6, 3, 3, generator=torch.Generator().manual_seed(3)) < 0.5
    mask[0] = False
    return torch.randn(6, 3, 5), mask


def test_what_it_is(policy) -> None:
    built = policy("categorical")
    assert isinstance(built, Greedy)
    assert isinstance(built, Likelihood)
    assert isinstance(built, Reparameterised)


def test_densities_are_those_of_the_masked_distribution(policy, generator) -> None:
    built = policy("categorical")
    inputs, mask = masked()
    actions = built.sample(inputs, 5, generator, mask)[0]
    valid = mask & built.features
    valid = torch.where(valid.any(-1, keepdim=True), valid, built.features)
    logits = torch.stack([built.network(inputs.movedim(1, 0))[agent] for agent in range(3)], 1)
    expected = Categorical(logits=logits.masked_fill(~valid, -1e9))
    density, entropy = built.evaluate(inputs, actions, mask)
    torch.testing.assert_close(density, expected.log_prob(actions))
    torch.testing.assert_close(entropy, expected.entropy(), atol=1e-6, rtol=1e-5)
    assert torch.equal(built.mode(inputs, mask), expected.probs.argmax(-1))


def test_excluded_choices_and_padding_are_never_taken(policy, generator) -> None:
    built = policy("categorical")
    inputs, mask = masked()
    samples = built.sample(inputs, 400, generator, mask)
    valid = mask & built.features
    taken = torch.nn.functional.one_hot(samples, 3).bool().any(0)
    some = valid.any(-1)
    assert not bool((taken & ~valid)[some].any())
    assert not bool((taken & ~built.features).any())
    free = built.sample(inputs, 400, generator)
    assert bool((torch.nn.functional.one_hot(free, 3).bool().any(0) & ~valid)[some].any())


def test_choices_are_as_frequent_as_their_probabilities(policy, generator) -> None:
    built, inputs, count = policy("categorical", sizes=(3, 3, 3)), torch.randn(2, 3, 5), 40_000
    with torch.no_grad():
        probabilities = built.log_probabilities(inputs).exp()
    found = torch.nn.functional.one_hot(built.sample(inputs, count, generator), 3).float().mean(0)
    error = (found - probabilities).abs() / (probabilities * (1 - probabilities) / count).sqrt()
    assert float(error.amax()) < 4.5


def test_gradients_are_finite_where_choices_are_excluded(policy) -> None:
    built = policy("categorical")
    inputs, mask = masked()
    density, entropy = built.evaluate(inputs, built.mode(inputs, mask), mask)
    (density + entropy).sum().backward()
    assert all(bool(parameter.grad.isfinite().all()) for parameter in built.parameters())


@pytest.mark.parametrize("valid", ["all", "some"])
def test_what_it_differentiates_itself_is_what_autograd_differentiates(policy, valid) -> None:
    plain = mlp(hidden=[16, 16], activation="tanh", layer_norm=False)
    own, other = (policy("categorical", network=plain) for _ in "ab")
    inputs, mask = masked()
    assert isinstance(own, TracedLikelihood)
    normalised = policy("categorical", network=mlp(hidden=[16], layer_norm=True))
    assert normalised.evaluate_traced(inputs, own.mode(inputs)) is None
    mask = None if valid == "all" else mask
    actions, weights = own.mode(inputs, mask), torch.randn(2, 6, 3)
    density, entropy = other.evaluate(inputs, actions, mask)
    (weights[0] * density + 0.1 * entropy).sum().backward()
    found = own.evaluate_traced(inputs, actions, mask)
    assert not any(part.requires_grad for part in found[:2])
    torch.testing.assert_close(found[0], density.detach())
    torch.testing.assert_close(found[1], entropy.detach())
    found[2](weights[0], torch.tensor(0.1))
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad)


def test_relaxed_choices_are_choices_with_their_densities(policy, generator) -> None:
    built = policy("categorical")
    inputs, mask = masked()
    actions, density = built.rsample(inputs.expand(300, *inputs.shape), generator, mask)
    assert torch.equal(actions.sum(-1), torch.ones(300, 6, 3))
    assert set(actions.unique().tolist()) == {0.0, 1.0}
    taken = actions.argmax(-1)
    torch.testing.assert_close(density, built.evaluate(inputs, taken, mask)[0])
    probabilities = built.log_probabilities(inputs, mask).exp()
    assert not bool((actions.bool().any(0) & (probabilities == 0)).any())
    torch.testing.assert_close(actions.mean(0), probabilities, atol=0.12, rtol=0)


def test_the_gradient_of_a_choice_is_that_of_a_relaxed_one(policy, generator) -> None:
    """Better choices become more likely, and nothing flows to excluded ones."""
    built, inputs = policy("categorical", sizes=(3, 3, 3)), torch.randn(4, 3, 5)
    mask = torch.tensor([True, True, False]).expand(4, 3, 3)
    optimiser = torch.optim.Adam(built.parameters(), 0.02)
    for _ in range(60):
        optimiser.zero_grad()
        (-built.rsample(inputs, generator, mask)[0][..., 1].mean()).backward()
        assert all(bool(parameter.grad.isfinite().all()) for parameter in built.parameters())
        optimiser.step()
    assert bool((built.log_probabilities(inputs, mask).exp()[..., 1] > 0.9).all())
