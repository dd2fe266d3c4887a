import pytest
import torch

from quorate.door.inferring import _histories
from quorate.errors import QuorateError
from quorate.interfaces import HistoryLayout


def test_observations_alone_are_no_histories_of_those_that_hold_actions():
    given = torch.ones(4, 5, 2, 3)
    assert _histories(given, HistoryLayout(2, 3, 2)).shape == (4, 2, 10)
    with pytest.raises(QuorateError) as caught:
        _histories(given, HistoryLayout(2, 3, 2, action_size=1))
    assert caught.value.choices == ("histories [B, 2, 12]",)
