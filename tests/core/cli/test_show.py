import json

import pytest

from quorate.cli.main import main

SETTINGS = """
from dataclasses import dataclass, field
from enum import StrEnum
from quorate.settings import REQUIRED, component, components, setting

class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"

@dataclass
class Inner:
    rate: float = setting(0.1, "The rate.", above=0.0, below=1.0)

@dataclass
class Settings:
    seats: int = setting(REQUIRED, "How many seats.", minimum=1)
    mode: Mode = setting(Mode.FAST, "How fast.")
    size: list[int] = setting([3, 4], "Rows and columns.")
    label: str | None = setting(None, "A label.")
    noise: object = component("noise", "fixed", "The noise.")
    schemes: list = components("inference", ["composite"], "Schemes.")
    inner: Inner = field(default_factory=Inner)
"""
ROWS = """
- kind: policy
  name: acme/a
  target: acme_quorate.heavy:A
  settings: acme_quorate.settings:Settings
  summary: First.
  defaults: {mode: slow, inner: {rate: 0.5}, noise: {name: log-normal}}
  tags: {agents: 3}
  paper: {bibtex: "@misc{acme}"}
  needs: [ghost]
  install: conda install ghost
- {kind: algorithm, name: acme/a, target: 'acme_quorate.heavy:A', summary: Second.}
"""


@pytest.fixture
def shown(acme):
    return acme(ROWS, settings=SETTINGS, heavy="raise RuntimeError('heavy')")


def test_settings_with_types_defaults_limits_and_docs(shown):
    done = shown.quorate("show", "acme/a", "--kind", "policy", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    table = {s["key"]: (s["type"], s["default"], s["required"], s["from_row"], s["limits"]) for s in data["settings"]}
    assert table == {
        "seats": ("int", None, True, False, ">= 1"),
        "mode": ("text", "slow", False, True, "one of fast, slow"),
        "size": ("list[int]", [3, 4], False, False, ""),
        "label": ("text or null", None, False, False, ""),
        "noise": ("noise", {"name": "log-normal"}, False, True, ""),
        "schemes": ("inference", ["composite"], False, False, ""),
        "inner.rate": ("float", 0.5, False, True, "> 0.0, < 1.0"),
    }
    assert data["install"] == "conda install ghost"
    assert data["example"] == "policy: {name: acme/a, seats: ...}"


def test_settings_at_their_default_are_not_in_the_example(capsys):
    assert main(["show", "mlp", "--kind", "denoiser", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["example"] == "denoiser: {name: mlp}"


def test_text(shown):
    text = shown.quorate("show", "acme/a", "--kind", "policy").stdout
    for words in ("First.", "agents: 3", "conda install ghost  (missing: ghost)", "required", "How many seats. (>= 1)"):
        assert words in text


def test_a_name_of_two_kinds_asks_for_the_kind(shown):
    done = shown.quorate("show", "acme/a")
    assert done.returncode == 2
    assert "--kind policy" in done.stderr


def test_a_target_that_raises_is_one_message(shown):
    done = shown.quorate("show", "acme/a", "--kind", "algorithm")
    assert done.returncode == 2
    assert "RuntimeError: heavy" in done.stderr
    assert "heavy.py, line 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in shown.quorate("show", "acme/a", "--kind", "algorithm", "--debug").stderr


def test_settings_that_can_not_be_known_before_something_is_installed(acme):
    row = "- {kind: policy, name: acme/a, target: 'acme_quorate.a:A', summary: S., needs: [ghost], extra: sim}"
    done = acme(row, a="import ghost").quorate("show", "acme/a")
    assert done.returncode == 0, done.stderr
    assert "pip install 'acme-quorate[sim]'  (missing: ghost)" in done.stdout
    assert "once what the component needs is installed" in done.stdout


def test_built_in(capsys):
    assert main(["show", "sensor-network/5x5-noisy-v1"]) == 0
    text = capsys.readouterr().out
    assert "[0.3]" in text
    assert "arXiv:2410.13953" in text
    assert "environment: {name: sensor-network/5x5-noisy-v1" in text


def test_every_built_in_can_be_shown(capsys):
    assert main(["list", "--json"]) == 0
    for row in json.loads(capsys.readouterr().out):
        assert main(["show", row["name"], "--kind", row["kind"], "--json"]) == 0, row["name"]
        assert all(s["help"] for s in json.loads(capsys.readouterr().out)["settings"]), row["name"]


def test_a_long_default_does_not_push_the_help_off_the_screen(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["show", "ddpl/paper"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 120
    assert '"ddpm" with ...' in text
    assert '"schedule": "linear"' in " ".join(text.split())
