"""What the tests of Isaac Lab share."""

import pytest

from quorate.errors import QuorateError


def problem(call):
    with pytest.raises(QuorateError) as caught:
        call()
    return caught.value
