"""Every scheme against its definition, on a real network and on a linear denoiser of which everything is known."""

import pytest
import torch

from quorate.errors import QuorateError
from quorate_state_inference.schemes.composite import Composite, PartialComposite, random_orders
from quorate_state_inference.schemes.individual import Individual
from quorate_state_inference.schemes.product_of_experts import ProductOfExperts
from quorate_state_inference.settings import (
    CompositeSettings,
    EigenvalueMethod,
    IndividualSettings,
    Order,
    PartialCompositeSettings,
    ProductOfExpertsSettings,
)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


@pytest.fixture
def network(fast):
    """An untrained denoiser whose weights are large enough to tell agents apart, and histories [50, 4, h]."""
    torch.manual_seed(0)
    for parameter in fast.denoiser.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return fast.denoiser, fast.histories(fast.splits["test"])


def test_individual_iterates_each_agents_own_denoiser(network) -> None:
    denoiser, histories = network
    estimate = Individual(IndividualSettings(steps=7, checks=False)).infer(denoiser, histories, seeded())
    with torch.no_grad():
        noisy = torch.randn(200, 4, generator=seeded()).unflatten(0, (50, 4))
        for _ in range(7):
            noisy = denoiser(histories, noisy)
    torch.testing.assert_close(estimate.states, noisy)


def test_composite_takes_turns_in_the_given_order(network) -> None:
    denoiser, histories = network
    estimate = Composite(CompositeSettings(steps=6, checks=False)).infer(denoiser, histories, seeded())
    with torch.no_grad():
        noisy = torch.randn(50, 4, generator=seeded())
        for agent in [0, 1, 2, 3, 0, 1]:
            noisy = denoiser(histories[:, agent], noisy)
    torch.testing.assert_close(estimate.states[:, 0], noisy)


def test_a_flow_starts_from_the_mean_of_its_initial_noise(network) -> None:
    denoiser, histories = network
    for settings, start in (
        ({"initial_noise": 0.0, "initial_mean": 0.25}, torch.full((50, 4), 0.25)),
        ({"initial_noise": 0.5, "initial_mean": 0.25}, 0.25 + 0.5 * torch.randn(50, 4, generator=seeded())),
    ):
        composite = Composite(CompositeSettings(steps=4, checks=False, **settings))
        trajectory = composite.infer(denoiser, histories, seeded(), trajectory=True).trajectory
        torch.testing.assert_close(trajectory[0, :, 0], start)


@pytest.mark.parametrize("order", [Order.RANDOM_ONCE, Order.RANDOM_EACH_CYCLE])
def test_random_orders_visit_every_agent_once_in_a_cycle(network, order: Order, monkeypatch) -> None:
    denoiser, histories = network
    visited: list[torch.Tensor] = []
    original = type(denoiser).denoise

    def watch(self, features, noisy, sigma=None):
        visited.append(features)
        return original(self, features, noisy, sigma)

    monkeypatch.setattr(type(denoiser), "denoise", watch)
    Composite(CompositeSettings(steps=8, order=order, checks=False)).infer(denoiser, histories, seeded())
    encoded = denoiser.encode(histories)
    cycles = torch.stack(visited).unflatten(0, (2, 4))  # [2, 4, 50, c]
    for cycle in cycles:
        torch.testing.assert_close(cycle.sum(0), encoded.sum(1))
    assert torch.equal(cycles[0], cycles[1]) is (order is Order.RANDOM_ONCE)


def test_random_orders_are_permutations_that_differ_between_rows() -> None:
    orders = random_orders(1000, 4, seeded())
    assert torch.equal(orders.sort(dim=1).values, torch.arange(4).expand(1000, 4))
    first = torch.bincount(orders[:, 0], minlength=4) / 1000
    assert bool((first - 0.25).abs().max() < 0.06)


def test_a_partial_composite_of_all_is_the_composite_and_of_one_is_that_agent(network) -> None:
    denoiser, histories = network
    whole = Composite(CompositeSettings(steps=9, checks=False)).infer(denoiser, histories, seeded())
    part = PartialCompositeSettings(steps=9, checks=False, agents=[0, 1, 2, 3])
    assert torch.equal(PartialComposite(part).infer(denoiser, histories, seeded()).states, whole.states)
    one = PartialCompositeSettings(steps=9, checks=False, agents=[2])
    alone = Composite(CompositeSettings(steps=9, checks=False)).infer(denoiser, histories[:, 2:3], seeded())
    assert torch.equal(PartialComposite(one).infer(denoiser, histories, seeded()).states, alone.states)


def test_too_many_participants_are_refused(network) -> None:
    denoiser, histories = network
    for settings in (PartialCompositeSettings(agents=[4]), PartialCompositeSettings(count=5)):
        with pytest.raises(QuorateError, match="4 agents"):
            PartialComposite(settings).infer(denoiser, histories, seeded())
    with pytest.raises(ValueError, match="either"):
        PartialCompositeSettings()


def test_product_of_experts_adds_evidence_to_the_null_base(network) -> None:
    denoiser, histories = network
    settings = ProductOfExpertsSettings(rounds=2, weight=0.7, initial_noise=1.0, checks=False)
    estimate = ProductOfExperts(settings).infer(denoiser, histories, seeded())
    with torch.no_grad():
        noisy = torch.randn(50, 4, generator=seeded())
        for _ in range(2):
            base = torch.logit(denoiser(torch.zeros_like(histories[:, 0]), noisy))
            experts = torch.logit(denoiser(histories, noisy[:, None].expand(-1, 4, -1)))
            noisy = torch.sigmoid(base + 0.7 * (experts - base[:, None]).sum(1))
    torch.testing.assert_close(estimate.states[:, 0], noisy, atol=1e-4, rtol=1e-3)


def test_product_of_experts_is_bayes_rule_where_nothing_else_is_known(build) -> None:
    """With the exact denoiser and a noise that drowns y, one round gives the pooled marginals (2x2, no misses)."""
    noise = "algorithm.denoiser={name: exact, noise: {name: fixed, sigma: 1000.0}}"
    algorithm = build("sensor-network/2x2-v1", noise)
    rows = algorithm.splits["test"]
    scheme = ProductOfExperts(ProductOfExpertsSettings(rounds=1, checks=False))
    estimate = scheme.infer(algorithm.denoiser, algorithm.histories(rows), seeded()).states[:, 0]
    assert bool(((estimate > 0.5) == (rows.states > 0.5)).all())


SCHEMES = [
    Individual(IndividualSettings(steps=8)),
    Composite(CompositeSettings(steps=8, order=Order.RANDOM_EACH_CYCLE)),
    PartialComposite(PartialCompositeSettings(steps=8, count=2)),
    ProductOfExperts(ProductOfExpertsSettings(rounds=2, initial_noise=1.0)),
]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: type(scheme).__name__)
def test_shapes_trajectory_and_reproducibility(network, scheme) -> None:
    denoiser, histories = network
    estimates = 4 if isinstance(scheme, Individual) else 1
    length = 2 if isinstance(scheme, ProductOfExperts) else 8
    first = scheme.infer(denoiser, histories, seeded(), trajectory=True)
    again = scheme.infer(denoiser, histories, seeded())
    assert first.states.shape == (50, estimates, 4)
    assert first.accepted.shape == first.eigenvalue.shape == first.residual.shape == (50, estimates)
    assert first.trajectory.shape == (length + 1, 50, estimates, 4)
    assert torch.equal(first.trajectory[-1], first.states)
    assert again.trajectory is None
    assert torch.equal(first.states, again.states)
    assert torch.equal(first.accepted, again.accepted)
    assert not first.states.requires_grad
    assert scheme.calls(4) == 8


@pytest.mark.parametrize("kind", [Composite, Individual])
def test_more_draws_never_keep_a_worse_one(network, kind) -> None:
    denoiser, histories = network
    settings = CompositeSettings if kind is Composite else IndividualSettings
    exact = EigenvalueMethod.EXACT
    one = kind(settings(steps=8, eigenvalues=exact)).infer(denoiser, histories, seeded())
    many = kind(settings(steps=8, draws=6, eigenvalues=exact)).infer(denoiser, histories, seeded())
    assert bool((many.accepted | ~one.accepted).all())  # the first draw is among the six
    same = many.accepted == one.accepted
    assert bool((many.residual <= one.residual + 1e-5)[same].all())


def test_a_conditioned_denoiser_needs_levels_and_is_annealed(build) -> None:
    algorithm = build(
        "sensor-network/2x2-v1",
        "algorithm.denoiser.condition_on_sigma=true",
        "algorithm.inference=[{name: composite, anneal: [10.0, 0.02]}]",
    )
    histories = algorithm.histories(algorithm.splits["test"])
    with pytest.raises(QuorateError, match="told the noise level") as caught:
        Composite(CompositeSettings()).infer(algorithm.denoiser, histories, seeded())
    assert "anneal" in str(caught.value)
    estimate = Composite(CompositeSettings(steps=8, anneal=[10.0, 0.02])).infer(algorithm.denoiser, histories, seeded())
    assert bool(estimate.states.isfinite().all())
    assert estimate.accepted is not None
    with pytest.raises(ValueError, match="larger one first"):
        CompositeSettings(anneal=[0.1, 1.0])
