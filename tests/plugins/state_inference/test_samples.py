import pytest
import torch

from quorate_state_inference import samples


def flat(sample) -> list[torch.Tensor]:
    return [sample.states, sample.noisy, sample.sigma, *sample.read]


@pytest.mark.parametrize("pool", ["true", "false"])
def test_how_many_are_made_at_once_changes_nothing(build, monkeypatch, pool: str) -> None:
    built = [build("sensor-network/2x2-v1", f"algorithm.pool_histories={pool}") for _ in range(2)]
    several = [built[0]._samples.next(built[0].training) for _ in range(5)]
    monkeypatch.setattr(samples, "ROWS_AT_ONCE", 1)
    single = [built[1]._samples.next(built[1].training) for _ in range(5)]
    for one, other in zip(several, single, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(flat(one), flat(other), strict=True))
    assert torch.equal(built[0]._samples.state(), built[1]._samples.state())


def test_the_stream_goes_on_from_where_it_was(build) -> None:
    algorithm = build("sensor-network/2x2-v1")
    stream, data = algorithm._samples, algorithm.training
    for _ in range(3):
        stream.next(data)
    state = stream.state()
    expected = stream.next(data)
    stream.set_state(state)
    assert all(torch.equal(x, y) for x, y in zip(flat(stream.next(data)), flat(expected), strict=True))


def test_a_share_of_the_histories_is_dropped(build) -> None:
    algorithm = build("sensor-network/2x2-v1", "algorithm.null_history=0.5", "algorithm.batch_size=2000")
    (histories,) = algorithm._samples.next(algorithm.training).read
    assert (histories == 0).all(-1).float().mean().item() == pytest.approx(0.5, abs=0.05)


def test_one_to_all_agents_are_pooled_equally_often(build) -> None:
    overrides = ["algorithm.pool_histories=true", "algorithm.null_history=0.0", "algorithm.batch_size=4000"]
    algorithm = build("sensor-network/2x2-v1", *overrides)
    algorithm._samples._prepare = None
    _, members = algorithm._samples.next(algorithm.training).read
    shares = torch.bincount(members.sum(1).long(), minlength=5) / len(members)
    assert shares.tolist() == pytest.approx([0, 0.25, 0.25, 0.25, 0.25], abs=0.03)
