"""The regressor beside a denoiser: what it learns, and that the denoiser does not notice it."""

import pytest
import torch

from quorate.errors import QuorateError
from quorate.registry import load_registry
from quorate.run.loading import saved_runs
from quorate_state_inference.regressor import regress
from quorate_state_inference.sources import read_denoiser


def train(algorithm, steps: int) -> list[float]:
    return [float(algorithm.train_step()["loss"]) for _ in range(steps)]


@pytest.mark.parametrize("pool", ["true", "false"])
def test_a_denoiser_learns_as_it_would_without(build, pool: str) -> None:
    common = ["sensor-network/2x2-v1", "algorithm.denoiser.width=32", f"algorithm.pool_histories={pool}"]
    plain, beside = build(*common), build(*common, "algorithm.regressor=mlp")
    assert train(plain, 8) == train(beside, 8)
    state = beside.denoiser.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in plain.denoiser.state_dict().items())
    assert any(name.startswith("regressor.") for name in state)


def test_it_tells_what_an_agent_sees_from_what_it_does_not(build) -> None:
    """Sensor 0 watches areas 0 and 3 without misses: variances are small there, and the prior's elsewhere."""
    algorithm = build("sensor-network/2x2-v1", "algorithm.regressor={name: mlp, hidden: [64]}", steps=400)
    train(algorithm, 400)
    told = algorithm.histories(algorithm.splits["test"])
    algorithm.denoiser.requires_grad_(False)
    moments = regress(algorithm.denoiser, told)
    seen = told[:, 0, -2:].sum(-1) == 0  # nothing there
    assert float(moments.variance[seen, 0][:, [0, 3]].max()) < 0.02
    assert float(moments.variance[seen, 0][:, [1, 2]].min()) > 0.1  # half and half: 0.25
    null = regress(algorithm.denoiser, torch.zeros_like(told[:1, 0]))
    torch.testing.assert_close(null.mean, torch.full((1, 4), 0.25), atol=0.08, rtol=0)


def test_it_continues_bit_for_bit(build) -> None:
    overrides = ["sensor-network/2x2-v1", "algorithm.denoiser.width=32", "algorithm.regressor=mlp"]
    whole, first, second = (build(*overrides, steps=20) for _ in range(3))
    train(whole, 20)
    train(first, 8)
    second.load_state_dict(first.state_dict())
    train(second, 12)
    for name, value in whole.denoiser.state_dict().items():
        assert torch.equal(value, second.denoiser.state_dict()[name])


def test_pooled_histories_need_a_denoiser_that_prepares_them(build) -> None:
    overrides = ["algorithm.denoiser=recurrent", "algorithm.pool_histories=true", "algorithm.regressor=mlp"]
    with pytest.raises(QuorateError, match="pooled") as caught:
        build("sensor-network/2x2-v1", *overrides)
    assert caught.value.where == "algorithm.regressor"


def test_what_builds_on_a_run_finds_its_regressor(build, finished) -> None:
    run = saved_runs(load_registry())(finished("regressed", "sensor-network/2x2-v1", "algorithm.regressor=mlp"))
    algorithm = build("sensor-network/2x2-v1")
    denoiser, _ = read_denoiser(run, algorithm.environment.spec, torch.device("cpu"))
    told = algorithm.histories(algorithm.splits["test"])
    algorithm.denoiser.load_state_dict(run.state["denoiser"], strict=False)  # it has none of its own
    assert torch.equal(denoiser.encode(told), algorithm.denoiser.encode(told))
    assert regress(denoiser, told).mean.shape == (50, 4, 4)
    with pytest.raises(QuorateError, match="no regressor"):
        regress(algorithm.denoiser, told)
