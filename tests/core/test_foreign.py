import asyncio
import os
import signal
import subprocess
from contextlib import suppress

import pytest

from quorate.errors import RegistryError, RunError
from quorate.failures import told_as
from quorate.foreign import Foreign, ForeignExitError, printing, printing_aside, told
from quorate.settings import load_target


class UnreadableError(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt("no"),
        SystemExit(0),
        GeneratorExit(),
        asyncio.CancelledError(),
        pytest.skip.Exception("no"),
        BaseException(),
    ],
)
def test_what_is_raised_is_an_ordinary_error(error):
    with pytest.raises(ForeignExitError) as caught, Foreign():
        raise error
    assert type(error).__name__ in told(caught.value)
    with pytest.raises(RunError, match=f"Training failed: {type(error).__name__}"), told_as("training", RunError, "-"):
        raise error


def test_an_exception_passes_and_its_text_may_raise():
    with pytest.raises(UnreadableError) as caught, Foreign():
        raise UnreadableError
    assert told(caught.value) == "UnreadableError: (its text can not be read)"


def swallow():
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def replace():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt as interrupt:
        raise ImportError from interrupt


@pytest.mark.parametrize("code", [swallow, replace, lambda: signal.raise_signal(signal.SIGINT)])
def test_a_signal_goes_through_whatever_the_code_makes_of_it(code):
    with pytest.raises(KeyboardInterrupt), Foreign():
        code()
    with pytest.raises(KeyboardInterrupt), Foreign(), Foreign():
        code()


def test_handlers_that_were_installed_meanwhile_are_removed():
    before = signal.getsignal(signal.SIGINT)
    with Foreign():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGINT) is before


def test_only_what_is_meant_for_it_is_on_standard_output(capfd):
    with printing_aside():
        print("one")
        os.write(1, b"two\n")
        subprocess.run(["echo", "three"], check=True)
        with printing():
            print("meant")
        print("five")
    print("after")
    output, errors = capfd.readouterr()
    assert output == "meant\nafter\n"
    assert sorted(errors.split()) == ["five", "one", "three", "two"]


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit(0)", "BaseException('no')"])
def test_a_target_that_raises_anything_can_not_be_imported(tmp_path, monkeypatch, capfd, raised):
    module = f"foreign_{abs(hash(raised))}"
    (tmp_path / f"{module}.py").write_text(f"print('noise')\nraise {raised}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RegistryError, match=f"can not be imported: {raised.split('(')[0]}") as caught:
        load_target(f"{module}:Part")
    assert f"{module}.py, line 2" in caught.value.where
    assert capfd.readouterr().out == ""
