import pytest

from quorate.config import compose
from quorate.errors import ConfigError, RegistryError
from quorate.registry import load_registry
from quorate.settings import NoSettings

MODULE = """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import Settings

def bare(settings):
    return type(settings).__name__

def unreadable(settings: Settings):
    return settings

def wrong(settings: int):
    return settings
"""


@pytest.fixture
def registry(tmp_path, monkeypatch):
    (tmp_path / "bare_rows.py").write_text(MODULE)
    rows = "".join(
        f"- {{kind: logger, name: acme/{name}, target: 'bare_rows:{name}', summary: S.}}\n"
        for name in ("bare", "unreadable", "wrong")
    )
    (tmp_path / "registry.yaml").write_text(f"schema: 1\ncomponents:\n{rows}")
    monkeypatch.syspath_prepend(str(tmp_path))
    return load_registry([tmp_path / "registry.yaml"])


def composed(tmp_path, registry, logger):
    text = "environment: sensor-network/2x2-v1\nalgorithm: state-inference\nbudget: {train_steps: 1}\n"
    (tmp_path / "run.yaml").write_text(f"{text}loggers: [{logger}]\n")
    return compose(tmp_path / "run.yaml", (), registry)


def test_a_row_without_settings_has_none(tmp_path, registry):
    assert registry.settings_class(registry.find("logger", "acme/bare")) is NoSettings
    run = composed(tmp_path, registry, "acme/bare")
    assert run.settings.loggers[0].build() == "NoSettings"
    assert run.to_dict()["loggers"] == [{"name": "acme/bare"}]
    with pytest.raises(ConfigError, match=r"no key 'width' in the logger 'acme/bare'\. The logger 'acme/bare' has no"):
        composed(tmp_path, registry, "{name: acme/bare, width: 3}")


@pytest.mark.parametrize("name", ["unreadable", "wrong"])
def test_settings_that_are_declared_but_no_dataclass_are_an_error(registry, name):
    with pytest.raises(RegistryError, match="has no settings dataclass"):
        registry.settings_class(registry.find("logger", f"acme/{name}"))
