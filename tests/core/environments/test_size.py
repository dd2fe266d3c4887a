import pytest

from quorate.environments.size import check_size


def test_what_can_not_fit_is_an_error():
    check_size("4 battles", 4000)
    with pytest.raises(MemoryError, match=r"4 battles take 1\.07e\+09 GiB, and this machine has \d"):
        check_size("4 battles", 2**60)
