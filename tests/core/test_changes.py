"""What was written for version 0.1 is told what to write now: docs/changes.md."""

import importlib
import subprocess
import sys

import pytest
import torch

from quorate.errors import QuorateError
from quorate.gone import NOW
from quorate.interfaces.launcher import TASK_MODULE
from quorate.registry import load_registry


@pytest.mark.parametrize("name", NOW)
def test_importing_a_name_that_is_gone_says_what_to_write_now(name):
    home, _, last = name.rpartition(".")
    now_functions = ("quorate.compare", "quorate.report")
    code = f"from {name}.x import y" if name in now_functions else f"from {home} import {last}"
    with pytest.raises(ImportError, match=r"is gone since version 0\.2 of quorate") as caught:
        exec(compile(code, "old.py", "exec"))
    assert isinstance(caught.value, QuorateError)
    assert caught.value.fix == f"Write {NOW[name]}."
    assert caught.value.where == "old.py, line 1"


def test_what_is_to_be_written_instead_of_a_module_exists():
    for now in NOW.values():
        first = now.split()[0].rstrip(".")
        if first.startswith("quorate."):
            home, _, last = first.rpartition(".")
            assert hasattr(importlib.import_module(home), last) or importlib.import_module(first)
    assert importlib.import_module(TASK_MODULE)


def test_other_names_are_missed_as_ever():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'quorate\.nonsense'"):
        importlib.import_module("quorate.nonsense")
    with pytest.raises(ImportError, match=r"cannot import name 'Nonsense' from 'quorate\.interfaces'"):
        exec("from quorate.interfaces import Nonsense")


def test_attributes_that_are_gone_are_missed_and_told():
    from quorate.interfaces import launcher

    assert not hasattr(launcher, "Ended")
    assert getattr(launcher, "Ended", None) is None
    with pytest.raises(AttributeError, match=r"launcher\.Ended' is gone since version 0\.2") as caught:
        launcher.Ended  # noqa: B018
    assert isinstance(caught.value, QuorateError)


def test_the_old_module_of_tasks_says_where_it_went():
    done = subprocess.run([sys.executable, "-m", "quorate.compare.task"], capture_output=True, text=True, timeout=60)
    assert done.returncode
    assert "Write quorate.interfaces.launcher" in done.stderr


def test_a_state_of_version_0_1_is_told():
    from quorate.config import compose
    from quorate.environments import build_environment

    source = {"environment": "sensor-network/2x2-v1", "algorithm": "mappo", "budget": {"train_steps": 1}}
    component = compose(source, (), load_registry()).settings.environment
    environment = build_environment(component, 2, torch.device("cpu"))
    with pytest.raises(QuorateError, match=r"another form since version 0\.2"):
        environment.load_state_dict({"world": {}, "generator": environment.generator.get_state()})
