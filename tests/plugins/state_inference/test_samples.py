import pytest
import torch

from quorate.interfaces import HistoryLayout
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


@pytest.mark.parametrize("pool", ["true", "false"])
def test_none_to_the_most_newest_observations_are_hidden_equally_often(build, pool: str) -> None:
    """Of any age, they are hidden with all that is newer; whole episodes, so that all steps are there."""
    overrides = ["algorithm.null_history=0.0", "algorithm.batch_size=6000", "algorithm.hidden_steps=2"]
    last = ["algorithm.history_length=3", "algorithm.steps_per_episode=null", f"algorithm.pool_histories={pool}"]
    algorithm = build("sensor-network/control-3x3-v1", *overrides, *last)
    algorithm._samples._prepare = None
    read, *members = algorithm._samples.next(algorithm.training).read
    one = algorithm.layout.identify(read)[:, 4] if members else read
    there = algorithm.layout.valid(one)
    full = there[there[:, 0] > 0]
    assert (full[:, 1:] <= full[:, :-1]).all()
    shares = torch.bincount(full.sum(1).long(), minlength=4) / len(full)
    assert shares.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3], abs=0.04)
    assert not algorithm.layout.observations(one)[there == 0].any()


def test_actions_are_hidden_as_by_a_delay() -> None:
    """Told d steps late, an action is known one step before the observation that it led to."""
    told = samples.told_late(HistoryLayout(2, 3, 4, 5), 3).unflatten(-1, (4, 9))
    assert told[..., 0].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]]
    assert told[..., -1].tolist() == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]]


def test_where_nothing_is_hidden_nothing_more_is_drawn(build) -> None:
    """What was trained before this setting is trained again to the same bits."""
    algorithm = build("sensor-network/2x2-v1")
    before = algorithm._samples._randomness.get_state()
    rows, *_ = algorithm._samples._draw(algorithm.training)
    after = algorithm._samples._randomness.get_state()
    again = torch.Generator()
    again.set_state(before)
    batch = 256
    assert torch.equal(torch.randint(len(algorithm.training), (batch,), generator=again), rows)
    algorithm._settings.noise.build().sample((batch,), again)
    torch.randn(batch, 4, generator=again)
    torch.rand(batch, 1, generator=again)
    torch.randint(4, (batch,), generator=again)
    assert torch.equal(again.get_state(), after)
