import pytest
import torch
from remembering import Steps

from quorate.learning.multi_step import multi_step
from quorate.learning.replay import Replay


def remember(replay, steps, **ends):
    Steps(2, **ends).fill(replay, steps)


def ask(replay, rows, steps):
    sample = multi_step(replay, torch.tensor(rows), steps, 0.5)
    return sample.returns.tolist(), sample.discount.tolist(), sample.next_state[:, 0].tolist()


def row(replay, step, batch_row=0):
    """Where a step lies."""
    found = replay.column("reward") == 10.0 * step + batch_row
    return int(found.nonzero()[-1])


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
    remember(replay, 6)
    assert ask(replay, [row(replay, 2)], 3) == ([20 + 15 + 10], [0.125], [4])
    assert ask(replay, [row(replay, 5)], 3) == ([50], [0.5], [5])
    assert ask(replay, [row(replay, 3)], 8) == ([30 + 20 + 12.5], [0.125], [5])


@pytest.mark.parametrize("steps", [1, 4])
def test_rows_agree_with_a_loop(steps):
    replay, ends = Replay(40, "cpu", 1), {(3, 0), (7, 1), (11, 0), (14, 1), (20, 0)}
    Steps(2, terminated={(7, 1)}, truncated=ends - {(7, 1)}, outcomes=True).fill(replay, 27)
    for step in range(7, 27):
        for column in range(2):
            total, factor, later = 0.0, 1.0, step
            for later in range(step, min(step + steps, 27)):
                total, factor = total + factor * (10.0 * later + column), factor * 0.5
                if (later, column) in ends:
                    break
            expected = total, 0.0 if (later, column) == (7, 1) else factor, float(later)
            at = row(replay, step, column)
            assert tuple(part[0] for part in ask(replay, [at], steps)) == pytest.approx(expected)
            sample = multi_step(replay, torch.tensor([at]), steps, 0.5)
            assert sample.agent_returns[0].tolist() == pytest.approx([total, -total])
            assert sample.outcomes.nan_to_num(-1).item() == (later if (later, column) in ends else -1)
            assert sample.next_action_mask[0, 0, 0] == (later % 2 == 0)
