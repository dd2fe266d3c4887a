import gc
import os
import signal
import time

import pytest

from quorate.cli.interrupts import delivered_again


class Cycle:
    """Garbage that only the collector finds, and whose end takes a signal."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


def test_an_interrupt_that_the_collector_swallows_comes_again(capsys):
    with pytest.raises(KeyboardInterrupt), delivered_again():  # noqa: PT012
        Cycle()
        gc.collect()
        time.sleep(5)
        pytest.fail("it was lost")
    assert capsys.readouterr().err == ""


class Broken:
    def __del__(self):
        raise ValueError("of a plugin")


def test_what_else_is_raised_there_is_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    with delivered_again():
        Broken()
    assert [given.exc_type for given in told] == [ValueError]
