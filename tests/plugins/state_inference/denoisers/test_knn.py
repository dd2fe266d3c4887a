import pytest
import torch

from quorate.errors import QuorateError
from quorate.settings import Component
from quorate_state_inference.denoisers.exact import ExactDenoiser
from quorate_state_inference.denoisers.knn import NeighboursDenoiser
from quorate_state_inference.settings import ExactSettings, LogUniformNoiseSettings, NeighboursSettings

NOISE = Component("noise", "log-uniform", LogUniformNoiseSettings(), "quorate_state_inference.noise:LogUniformNoise")
KNN = "algorithm.denoiser=knn"


@pytest.fixture
def noisy(build):
    """In a world where histories leave states open."""
    return build("sensor-network/2x2-noisy-v1", KNN, "algorithm.history_length=1", "algorithm.samples=20000")


def distance(algorithm, histories, states, sigma, neighbours=256):
    """Mean squared, of what was fitted to some rows from the exact denoiser; and of that without histories."""
    rows = algorithm.histories(algorithm.splits["test"])
    tested = rows[:, 1]
    noisy = algorithm.splits["test"].states + torch.randn(len(tested), 4, generator=torch.Generator().manual_seed(0))
    fitted = NeighboursDenoiser(NeighboursSettings(NOISE, neighbours), algorithm.environment, algorithm.layout)
    fitted.fit(histories, states)
    exact = ExactDenoiser(ExactSettings(NOISE), algorithm.environment, algorithm.layout)
    best, blind = exact(tested, noisy, sigma), exact(0 * tested, noisy, sigma)
    return float((fitted(tested, noisy, sigma) - best).square().mean()), float((blind - best).square().mean())


@pytest.mark.parametrize("sigma", [None, torch.tensor(1.0)], ids=["blind", "told"])
def test_fitted_it_comes_near_the_posterior_mean(noisy, sigma) -> None:
    histories = noisy.histories(noisy.training).flatten(0, 1)
    states = noisy.training.states.repeat_interleave(4, dim=0)
    found, control = distance(noisy, histories, states, sigma)
    assert found < control / 50
    few, _ = distance(noisy, histories[:400], states[:400], sigma, neighbours=20)
    assert few > 2 * found


def test_it_infers_as_theory_says(build) -> None:
    """Where all histories together tell the state, it is found by the composite scheme, and not by one agent."""
    algorithm = build("sensor-network/2x2-v1", KNN, "algorithm.inference=[individual, composite]")
    exact = build("sensor-network/2x2-v1", "algorithm.denoiser=exact", "algorithm.inference=[individual, composite]")
    found, theory = algorithm.measure(), exact.measure()
    assert found["test/composite/exact"] == theory["test/composite/exact"] == 1
    assert found["test/individual/exact"] == pytest.approx(theory["test/individual/exact"], abs=0.2)
    assert "gradient_norm" not in algorithm.train_step()


def test_what_it_remembers_is_its_state(build) -> None:
    """One with other rows, and one that was never fitted, answer alike after loading."""
    algorithm, other = (build("sensor-network/2x2-v1", KNN, f"algorithm.samples={count}") for count in (2000, 1000))
    fresh = NeighboursDenoiser(NeighboursSettings(NOISE), algorithm.environment, algorithm.layout)
    fresh.load_state_dict(algorithm.denoiser.state_dict())
    other.load_state_dict(algorithm.state_dict())
    histories = algorithm.histories(algorithm.splits["test"])
    for loaded in (fresh, other.denoiser):
        assert torch.equal(loaded.encode(histories), algorithm.denoiser.encode(histories))
        assert torch.equal(loaded.states, algorithm.denoiser.states)


def test_it_can_be_fitted_to_histories_told_late(build) -> None:
    late = build("sensor-network/2x2-v1", KNN, "algorithm.history_length=3", "algorithm.hidden_steps=2")
    seen = late.layout.valid(late.denoiser.histories / late.denoiser.scale).sum(-1)
    plain = build("sensor-network/2x2-v1", KNN, "algorithm.history_length=3")
    whole = plain.layout.valid(plain.denoiser.histories / plain.denoiser.scale).sum(-1)
    hidden = (whole - seen).round()
    assert hidden.min() == 0
    assert hidden.max() == 2


def test_the_neighbours_are_of_the_same_agent_and_few_are_repeated(build) -> None:
    algorithm = build("sensor-network/2x2-v1", KNN, "algorithm.samples=40", "algorithm.environments=10")
    histories = algorithm.histories(algorithm.training)
    near = algorithm.denoiser.encode(histories).long()
    assert near.shape == (40, 4, 256)
    assert torch.equal(near[..., :40] % 4, torch.arange(4)[:, None].expand(40, 4, 40))


def test_what_needs_an_ability_that_it_lacks_says_so(build) -> None:
    with pytest.raises(QuorateError, match="knn can not read pooled histories"):
        build("sensor-network/2x2-v1", KNN, "algorithm.pool_histories=true")
