import pytest
import torch

from quorate.interfaces import HistoryLayout
from quorate_state_inference import samples


def flat(sample) -> list[torch.Tensor]:
    return [sample.states, sample.noisy, sample.sigma, *sample.read]


@pytest.mark.parametrize("taken", [0, 1, 16, 19])
@pytest.mark.parametrize("pool", ["true", "false"])
def test_the_stream_goes_on_from_where_it_was(build, pool: str, taken: int) -> None:
    """Within a block of 16 updates, at its end, and within the next."""
    algorithm, other = (build("sensor-network/2x2-v1", f"algorithm.pool_histories={pool}") for _ in range(2))
    stream, data = algorithm._samples, algorithm.training
    for _ in range(taken):
        stream.next(data)
    state = stream.state()
    assert state["taken"] == taken % 16
    expected = [flat(stream.next(data)) for _ in range(20)]
    for again in (stream, other._samples):
        again.set_state(state)
        assert again.state()["taken"] == state["taken"]
        for sample in expected:
            assert all(torch.equal(x, y) for x, y in zip(flat(again.next(data)), sample, strict=True))


def test_a_generators_state_of_earlier_runs_begins_a_block(build) -> None:
    algorithm = build("sensor-network/2x2-v1")
    stream, start = algorithm._samples, algorithm._samples.state()["block"]
    first = flat(stream.next(algorithm.training))
    stream.set_state(start)
    assert all(torch.equal(x, y) for x, y in zip(flat(stream.next(algorithm.training)), first, strict=True))


def test_no_update_is_given_the_samples_of_another(build) -> None:
    algorithm = build("sensor-network/2x2-v1")
    noisy = torch.stack([algorithm._samples.next(algorithm.training).noisy for _ in range(20)])
    assert len(noisy.flatten(0, 1).unique(dim=0)) == 20 * 256


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
    for size in (1, 2, 3):  # and every agent is as often among so many
        assert members[members.sum(1) == size].mean(0).tolist() == pytest.approx([size / 4] * 4, abs=0.06)


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
    algorithm = build("sensor-network/2x2-v1")
    before = algorithm._samples._randomness.get_state()
    rows, *_ = algorithm._samples._draw(algorithm.training, 256)
    after = algorithm._samples._randomness.get_state()
    again = torch.Generator()
    again.set_state(before)
    assert torch.equal(torch.randint(len(algorithm.training), (256,), generator=again), rows)
    algorithm._settings.noise.build().sample((256,), again)
    torch.randn(256, 4, generator=again)
    torch.rand(256, 1, generator=again)
    torch.randint(4, (256,), generator=again)
    assert torch.equal(again.get_state(), after)
