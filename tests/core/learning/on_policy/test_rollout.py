import torch

from quorate.learning.on_policy.rollout import _ages


def test_ages_count_from_where_episodes_begin() -> None:
    """Environment 0 goes on from age 3, and another episode begins; environment 1 begins with the rollout."""
    begins = torch.tensor([[False, True], [False, False], [True, False], [False, False]])
    assert _ages(begins, torch.tensor([3.0, 5.0])).T.tolist() == [[3, 4, 0, 1], [0, 1, 2, 3]]
