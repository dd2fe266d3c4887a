import pytest
import torch

from quorate.errors import QuorateError
from quorate_state_inference.dataset import Dataset, choose, split
from quorate_state_inference.denoisers.encoding import GlobalEncoding
from quorate_state_inference.settings import Holdout


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_collected_windows_are_what_the_sensors_saw_of_the_state(build) -> None:
    algorithm = build("sensor-network/2x2-v1")
    data = algorithm.training
    assert len(data) == 2000
    assert bool((data.states.sum(-1) == 1).all())
    watched = algorithm.environment.spec.observed_features
    torch.testing.assert_close(data.windows[..., 1:], data.states[:, watched])


def test_longer_histories_begin_empty_and_fill(build) -> None:
    algorithm = build("sensor-network/2x2-v1", "algorithm.history_length=3", "environment.horizon=4")
    valid = algorithm.layout.valid(algorithm.histories(algorithm.training))[:, 0].sum(-1)
    assert sorted(valid.unique().tolist()) == [1, 2, 3]
    assert (valid == 1).float().mean().item() == pytest.approx(0.25, abs=0.01)


def test_histories_hold_actions_where_they_shall(build) -> None:
    algorithm = build(
        "sensor-network/control-3x3-v1", "algorithm.history_length=2", "algorithm.history_actions=true",
        "environment.horizon=4",
        "algorithm.denoiser.encoding=local",
    )  # fmt: skip
    layout, histories = algorithm.layout, algorithm.histories(algorithm.training)
    done, valid = layout.actions(histories).sum(-1), layout.valid(histories)
    assert (done[..., 0] <= valid[..., 0]).all()
    assert torch.equal(done[..., 1], valid[..., 0])  # one-hot, but for the first step of an episode
    with pytest.raises(QuorateError, match="leave the actions out"):
        GlobalEncoding(algorithm.environment.spec, layout)
    assert "with actions" in algorithm.conventions()["denoiser_sees"]


def test_resets_on_request_draw_new_states(build) -> None:
    whole = build("sensor-network/5x5-three-v1").training
    short = build("sensor-network/5x5-three-v1", "algorithm.steps_per_episode=1").training
    assert len(short.states.unique(dim=0)) > 1.5 * len(whole.states.unique(dim=0))


def test_the_seed_decides_what_is_collected(build) -> None:
    first, again, other = (build("sensor-network/5x5-noisy-v1", seed=seed).training for seed in (0, 0, 1))
    assert torch.equal(first.windows, again.windows)
    assert not torch.equal(first.windows, other.windows)


@pytest.mark.parametrize("holdout", [Holdout.STATES, Holdout.HISTORIES])
def test_nothing_held_out_is_trained_on(build, holdout: Holdout) -> None:
    data = build("sensor-network/2x2-noisy-v1").training
    data.states[:1000] = data.states[:1000].roll(1, dims=1)  # histories then recur under several states
    training, held_out = split(data, holdout, 0.25, seeded())
    assert len(training) + len(held_out) == len(data)
    keys = [
        (d.states if holdout is Holdout.STATES else d.windows.flatten(1)).unique(dim=0) for d in (training, held_out)
    ]
    rows = [{tuple(row.tolist()) for row in key} for key in keys]
    assert not rows[0] & rows[1]
    assert len(rows[1]) == round(0.25 * (len(rows[0]) + len(rows[1])))


def test_episodes_are_held_out_whole(build) -> None:
    data = build("sensor-network/control-3x3-v1", "environment.horizon=4").training  # 500 environments, 4 steps each
    assert torch.equal(data.episodes, torch.arange(500).repeat(4))
    training, held_out = split(data, Holdout.EPISODES, 0.2, seeded())
    assert not set(training.episodes.tolist()) & set(held_out.episodes.tolist())
    assert len(held_out) == 400
    again = build("sensor-network/control-3x3-v1", "algorithm.steps_per_episode=2").training
    assert len(again.episodes.unique()) == 1000
    assert len(build("sensor-network/2x2-v1", "environment.horizon=3").training.episodes.unique()) == 1000


def test_at_least_one_state_stays_on_each_side() -> None:
    data = Dataset(torch.zeros(10, 1, 1), torch.arange(2.0).repeat(5)[:, None], torch.zeros(10))
    for fraction in (0.01, 0.99):
        assert [len(part.states.unique()) for part in split(data, Holdout.STATES, fraction, seeded())] == [1, 1]


def test_choosing_repeats_no_row() -> None:
    data = Dataset(torch.zeros(10, 1, 1), torch.arange(10.0)[:, None], torch.zeros(10))
    assert sorted(choose(data, 20, seeded()).states[:, 0].tolist()) == list(range(10))
    assert len(choose(data, 3, seeded()).states.unique()) == 3
