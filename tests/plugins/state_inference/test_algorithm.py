import math

import pytest
import torch

from quorate.errors import QuorateError


def train(algorithm, steps: int) -> list[float]:
    return [float(algorithm.train_step()["loss"]) for _ in range(steps)]


@pytest.mark.parametrize("pool", ["true", "false"])
def test_training_approaches_the_bayes_loss(build, pool: str) -> None:
    """The exact denoiser, measured on the same samples, is the floor for single histories."""
    overrides = [f"algorithm.pool_histories={pool}", "algorithm.null_history=0.0"]
    algorithm = build("sensor-network/2x2-v1", "algorithm.denoiser.width=64", *overrides, steps=600)
    losses = train(algorithm, 600)
    reached = sum(losses[-100:]) / 100
    assert reached < 0.35 * losses[0]
    if pool == "false":
        exact = build("sensor-network/2x2-v1", "algorithm.denoiser=exact", *overrides, steps=100)
        floor = sum(train(exact, 100)) / 100
        assert 0.9 * floor < reached < 2.5 * floor


@pytest.mark.parametrize("average", ["null", "0.9"])
def test_it_continues_bit_for_bit_and_evaluation_changes_nothing(build, average: str) -> None:
    overrides = ["sensor-network/2x2-v1", f"algorithm.average={average}"]
    whole, first, second = (build(*overrides, steps=30) for _ in range(3))
    train(whole, 30)
    train(first, 12)
    first.measure()
    state = first.state_dict()
    second.load_state_dict(state)
    assert train(second, 18) == train(first, 18)
    for key, value in whole.denoiser.state_dict().items():
        assert torch.equal(value, second.denoiser.state_dict()[key])


def test_the_average_follows_what_is_trained_and_changes_nothing_of_it(build) -> None:
    plain, averaged = (build("sensor-network/2x2-v1", f"algorithm.average={value}") for value in ("null", "0.5"))
    expected = {name: value.clone() for name, value in averaged.denoiser.state_dict().items()}
    for step in range(1, 6):
        assert train(plain, 1) == train(averaged, 1)
        share = min(0.5, step / (step + 9))
        for name, value in plain.denoiser.state_dict().items():
            expected[name] = share * expected[name] + (1 - share) * value
    for name, value in averaged.denoiser.state_dict().items():
        torch.testing.assert_close(value, expected[name])
        assert not torch.equal(value, plain.denoiser.state_dict()[name])
    assert "moving average" in averaged.conventions()["denoiser"]


def test_the_global_generator_is_left_alone(build) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    algorithm = build("sensor-network/2x2-v1")
    train(algorithm, 2)
    algorithm.measure()
    assert torch.equal(before, torch.get_rng_state())


def test_the_learning_rate_rises_then_falls_as_a_cosine(build) -> None:
    algorithm = build("sensor-network/2x2-v1", "algorithm.warmup_steps=5", steps=25)
    rates = [algorithm.train_step()["learning_rate"] for _ in range(25)]
    assert rates[:5] == pytest.approx([0.004 * k / 5 for k in range(1, 6)])
    assert rates[15] == pytest.approx(0.002)
    assert rates[-1] == pytest.approx(0.002 * (1 + math.cos(math.pi * 19 / 20)))


def test_evaluation_names_split_scheme_and_metric(build) -> None:
    algorithm = build(
        "sensor-network/2x2-v1",
        "algorithm.holdout=states",
        "algorithm.inference=[{name: individual, steps: 5}, {name: composite, steps: 8}, {name: composite, steps: 12}]",
        "algorithm.posterior_histories=3",
        "algorithm.posterior_draws=10",
    )
    results = algorithm.measure()
    groups = {key.rsplit("/", 1)[0] for key in results if "exact posterior" not in key}
    schemes = {"individual", "composite", "composite(steps=12)"}
    assert groups == {f"{split}/{scheme}" for split in ("train", "held-out") for scheme in schemes}
    names = {key.rsplit("/", 1)[1] for key in results}
    assert {"psnr", "exact", "accepted", "total_variation", "total_variation_floor"} <= names
    assert results == algorithm.measure()


def test_the_same_scheme_twice_is_refused(build) -> None:
    with pytest.raises(QuorateError, match="listed twice"):
        build("sensor-network/2x2-v1", "algorithm.inference=[composite, composite]")


def test_only_denoisers_that_can_pool_are_trained_on_pooled_histories(build) -> None:
    with pytest.raises(QuorateError, match="pooled"):
        build("sensor-network/2x2-v1", "algorithm.denoiser=exact", "algorithm.pool_histories=true")


def test_the_exact_posterior_mean_is_the_best_there_is(build) -> None:
    schemes = "algorithm.inference=[{name: product-of-experts, checks: false}]"
    results = build("sensor-network/2x2-noisy-v1", "algorithm.denoiser=exact", schemes).measure()
    assert results["test/product-of-experts/psnr"] <= results["test/exact posterior mean/psnr"] + 1e-6
    assert build("sensor-network/2x2-v1").measure()["test/exact posterior mean/exact"] == 1


def test_a_posterior_out_of_reach_is_an_error_only_where_it_is_asked_for(build) -> None:
    large = ["environment.grid=[8, 8]", "environment.targets=4", "algorithm.inference=[individual]"]
    assert build("sensor-network/5x5-v1", *large).posterior is None
    with pytest.raises(QuorateError, match="states"):
        build("sensor-network/5x5-v1", *large, "algorithm.posterior_histories=1")


@pytest.mark.parametrize(
    ("overrides", "message", "where"),
    [
        (["algorithm.inference=[individual, {name: partial-composite, agents: [0, 7]}]"], "4 agents", "inference[1]"),
        (["algorithm.inference=[product-of-experts]", "algorithm.denoiser.output=plain"], "log odds", "inference[0]"),
        (["algorithm.inference=[product-of-experts]", "algorithm.null_history=0.0"], "null history", "inference[0]"),
        (["algorithm.denoiser.condition_on_sigma=true"], "noise level", "inference[0]"),
        (["algorithm.inference=[{name: composite, anneal: [1.0, 0.1]}]"], "blind", "inference[0]"),
        (["algorithm.inference=[{name: composite, steps: 3}]"], "3 steps", "inference[0]"),
        (["algorithm.inference=[]"], "no inference scheme", "algorithm.inference"),
        (["algorithm.samples=1", "algorithm.holdout=histories"], "held out", "algorithm.holdout"),
    ],
)
def test_what_does_not_fit_is_told_before_training(build, overrides: list[str], message: str, where: str) -> None:
    with pytest.raises(QuorateError, match=message) as caught:
        build("sensor-network/2x2-v1", *overrides).conventions()  # which a run asks for before it trains
    assert where in str(caught.value.where)
    assert caught.value.fix
