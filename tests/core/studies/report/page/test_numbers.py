"""Numbers as people read them."""

import pytest

from quorate.studies.report.page.numbers import count, duration, interval, memory, shared, value


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((0.93123, 0.9, 0.955), "0.931 [0.900, 0.955]"),
        ((1234.5, 1200.0, 1300.0), "1234 [1200, 1300]"),
        ((-0.5, -1.2, 0.1), "\N{MINUS SIGN}0.5 [\N{MINUS SIGN}1.2, 0.1]"),
        ((1.0, 1.0, 1.0), "1.00 [1.00, 1.00]"),
        ((0.0, 0.0, 0.0), "0.00 [0.00, 0.00]"),
        ((7.256, None, None), "7.26"),
        ((None, None, None), "\N{EN DASH}"),
    ],
)
def test_an_interval_has_the_digits_that_it_supports(given, text):
    assert interval(*given) == text


def test_rows_below_each_other_share_their_decimals():
    rows = [(1.0, 0.5, 1.5), (2.0, 1.99, 2.01), (None, None, None)]
    assert shared(rows) == 3
    assert interval(*rows[0], shared(rows)) == "1.000 [0.500, 1.500]"
    assert shared([]) is None


def test_zero_has_no_sign_and_huge_numbers_have_a_power():
    assert value(-0.0001, 2) == "0.00"
    assert value(-1.5e9) == "\N{MINUS SIGN}1.50e+09"
    assert value(float("inf")) == "inf"


def test_units():
    assert [count(n) for n in (0, 300, 50_000, 1_200_000, None)] == ["0", "300", "50k", "1.2M", "\N{EN DASH}"]
    assert [duration(s) for s in (0.85, 42.0, 59.99)] == ["850 ms", "42 s", "1 min 0 s"]
    assert [duration(s) for s in (200, 7500)] == ["3 min 20 s", "2 h 5 min"]
    assert [memory(b) for b in (100, 2**29, 1.5 * 2**30)] == ["100 B", "512 MiB", "1.5 GiB"]
