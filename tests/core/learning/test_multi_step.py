import pytest
import torch

from quorate.learning.multi_step import multi_step
from quorate.learning.replay import Replay


def remember(replay, steps, batch=2, terminated=(), truncated=(), first=0):
    """Rewards count the rows; the state after a step is the number of that step."""
    for step in range(first, first + steps):
        ends = [torch.tensor([(step, row) in where for row in range(batch)]) for where in (terminated, truncated)]
        numbers = torch.full((batch, 1), float(step))
        replay.add(
            {
                "inputs": torch.zeros(batch, 1, 1),
                "state": numbers - 1,
                "actions": torch.zeros(batch, 1, 1),
                "reward": torch.arange(batch) + 10.0 * step,
                "terminated": ends[0],
                "truncated": ends[1],
                "next_inputs": numbers[:, None],
                "next_state": numbers,
            }
        )


def ask(replay, rows, steps):
    sample = multi_step(replay, torch.tensor(rows), steps, 0.5)
    return sample.returns.tolist(), sample.discount.tolist(), sample.next_state[:, 0].tolist()


def test_one_step_is_the_row_itself():
    replay = Replay(20, "cpu")
    remember(replay, 3, terminated={(1, 0)}, truncated={(1, 1)})
    assert ask(replay, [2, 3, 4], 1) == ([10, 11, 20], [0, 0.5, 0.5], [1, 1, 2])


def test_three_steps_within_an_episode():
    replay = Replay(20, "cpu")
    remember(replay, 5)
    assert ask(replay, [1], 3) == ([1 + 5.5 + 21 / 4], [0.125], [2])


def test_a_return_ends_with_its_episode():
    replay = Replay(20, "cpu")
    remember(replay, 5, terminated={(1, 0)}, truncated={(1, 1)})
    # Termination is worth nothing after it; truncation bootstraps from the last state of the old episode.
    assert ask(replay, [0, 1], 3) == ([5, 1 + 5.5], [0, 0.25], [1, 1])


def test_a_return_ends_at_the_newest_row():
    replay = Replay(20, "cpu")
    remember(replay, 3)
    assert ask(replay, [2, 4], 5) == ([10 + 10, 20], [0.25, 0.5], [2, 2])


def test_a_return_does_not_run_from_the_newest_into_the_oldest():
    replay = Replay(8, "cpu")  # four steps
    remember(replay, 6)  # rows hold the steps 4, 5, 2, 3
    assert replay.column("next_state")[:, 0].tolist() == [4, 4, 5, 5, 2, 2, 3, 3]
    assert ask(replay, [4], 3) == ([20 + 15 + 10], [0.125], [4])
    assert ask(replay, [2], 3) == ([50], [0.5], [5])
    assert ask(replay, [6], 8) == ([30 + 20 + 12.5], [0.125], [5])


@pytest.mark.parametrize("steps", [1, 4])
def test_rows_agree_with_a_loop(steps):
    replay, ends = Replay(40, "cpu"), {(3, 0), (7, 1), (11, 0), (14, 1), (20, 0)}
    remember(replay, 27, terminated={(7, 1)}, truncated=ends - {(7, 1)})
    for row in range(40):
        step = int(replay.column("next_state")[row, 0])
        total, factor, later = 0.0, 1.0, step
        for later in range(step, min(step + steps, 27)):
            total, factor = total + factor * (10.0 * later + row % 2), factor * 0.5
            if (later, row % 2) in ends:
                break
        expected = total, 0.0 if (later, row % 2) == (7, 1) else factor, float(later)
        assert tuple(part[0] for part in ask(replay, [row], steps)) == pytest.approx(expected)


def test_the_newest_rows():
    replay = Replay(8, "cpu")
    for step in range(9):
        remember(replay, 1, first=step)
        assert replay.column("next_state")[replay.newest(), 0].tolist() == [step, step]
