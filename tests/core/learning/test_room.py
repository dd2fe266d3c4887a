import pytest
import torch

from quorate.errors import QuorateError
from quorate.learning.room import check_room, row_bytes
from quorate.learning.transitions import Situation


def test_what_can_not_fit_is_refused():
    check_room("a batch", 1000, "algorithm.batch_size", 10, torch.device("cpu"))
    with pytest.raises(QuorateError, match=r"a batch takes 1\.07e\+09 GiB, and this machine has") as caught:
        check_room("a batch", 2**60, "algorithm.batch_size", 4000, torch.device("cpu"))
    assert caught.value.where == "algorithm.batch_size"
    assert "batch_size: 0" in caught.value.fix


def test_what_is_seen_in_an_environment():
    inputs, state, begins = torch.zeros(5, 2, 3), torch.zeros(5, 7), torch.zeros(5, dtype=torch.bool)
    assert row_bytes(Situation(inputs, state, begins)) == 4 * (6 + 7) + 1
