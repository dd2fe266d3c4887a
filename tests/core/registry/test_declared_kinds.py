"""A third party's package adds a kind: one entry in its manifest, and its own files."""

import json
import sys

import pytest

from quorate.cli.main import main
from quorate.config import compose_component
from quorate.errors import QuorateError, RegistryError
from quorate.registry import load_registry, parse_manifest
from quorate.testing import assert_conforms, check_component

ENTRY = """
  - name: acme/curriculum
    plural: curricula
    summary: The order in which tasks are learned.
    called_with: (settings, tasks=int)
    interface: acme_quorate.curriculum:Curriculum
    checks: acme_quorate.checks:CHECKS
    blueprints: [acme_quorate:blueprint]
"""
MODULES = {
    "settings": """
from dataclasses import dataclass
from quorate.settings import Component, component, setting

@dataclass
class StepsSettings:
    first: int = setting(0, "The first task.")

@dataclass
class ScheduledSettings:
    curriculum: Component = component("acme/curriculum", "acme/steps", "In which order.")
""",
    "curriculum": """
from abc import ABC, abstractmethod

class Curriculum(ABC):
    @abstractmethod
    def order(self): ...

class Steps(Curriculum):
    def __init__(self, settings, tasks):
        self.settings, self.tasks = settings, tasks

    def order(self):
        return list(range(self.settings.first, self.tasks))

class Scheduled:
    def __init__(self, settings):
        self.curriculum = settings.curriculum.build(tasks=3)

class Nothing:
    def __init__(self, settings): ...
""",
    "checks": '''
from quorate.testing import Check, expect

def _order(subject):
    """Every task is there."""
    order = subject.component.build(tasks=4).order()
    expect(sorted(order) == list(range(4)), "all four tasks", str(order))

CHECKS = (Check("acme/curriculum", "order", "Every task is learned.", _order),)
''',
}
ROWS = """
- {kind: acme/curriculum, name: acme/steps, target: "acme_quorate.curriculum:Steps", summary: In order.,
   settings: "acme_quorate.settings:StepsSettings"}
- {kind: acme/curriculum, name: acme/nothing, target: "acme_quorate.curriculum:Nothing", summary: None.}
- {kind: logger, name: acme/scheduled, target: "acme_quorate.curriculum:Scheduled", summary: By a curriculum.,
   settings: "acme_quorate.settings:ScheduledSettings"}
"""
BLUEPRINT = {
    "blueprint.yaml": "component: reversed\nsuffix: Curriculum\nsummary: From the last to the first.\n"
    "requires: [acme-quorate]\nreserved: [Curriculum]\n",
    "component.py.jinja": """
from acme_quorate.curriculum import Curriculum
from {{ package }}.{{ settings_module }} import {{ settings_class }}


class {{ class_name }}(Curriculum):
    def __init__(self, settings: {{ settings_class }}, tasks: int) -> None:
        self.tasks = tasks

    def order(self):
        return list(reversed(range(self.tasks)))
""",
    "settings.py.jinja": """
from dataclasses import dataclass


@dataclass
class {{ settings_class }}:
    pass
""",
}


@pytest.fixture(autouse=True)
def _nothing_stays_imported():
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in ("acme_quorate", "beta_quorate")]:
        del sys.modules[name]


@pytest.fixture
def package(acme, monkeypatch):
    site = acme(ROWS, head=f"schema: 1\nkinds:{ENTRY}", **MODULES)
    site.write({f"acme_quorate/blueprint/{name}": text for name, text in BLUEPRINT.items()})
    monkeypatch.syspath_prepend(site.path)
    return site


def printed(capsys, *words):
    assert main(list(words)) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("package")
def test_its_components_are_listed_and_shown(capsys):
    assert "Curricula\n  acme/steps" in printed(capsys, "list")
    rows = json.loads(printed(capsys, "list", "acme/curriculum", "--json"))
    assert [row["name"] for row in rows] == ["acme/steps", "acme/nothing"]
    shown = json.loads(printed(capsys, "show", "acme/steps", "--kind", "acme/curriculum", "--json"))
    assert (shown["called_with"], shown["example"]) == ("(settings, tasks=int)", "curriculum: {name: acme/steps}")
    assert "acme/curriculum order  Every task is learned." in printed(
        capsys, "check", "--list", "--kind", "acme/curriculum"
    )


@pytest.mark.usefixtures("package")
def test_its_components_are_checked():
    registry = load_registry()
    assert_conforms(registry, "acme/curriculum", "acme/steps")
    findings = check_component(registry, "acme/curriculum", "acme/steps", first=1)
    assert [(one.check, str(one.status)) for one in findings] == [("row", "passed"), ("order", "failed")]
    (row, _) = check_component(registry, "acme/curriculum", "acme/nothing")
    assert "is no Curriculum" in row.found


@pytest.mark.usefixtures("package")
def test_a_setting_chooses_one():
    registry = load_registry()
    given = {"curriculum": {"name": "acme/steps", "first": 1}}
    assert compose_component("logger", "acme/scheduled", registry, given).build().curriculum.order() == [1, 2]
    with pytest.raises(RegistryError, match="it is no Curriculum"):
        compose_component("logger", "acme/scheduled", registry, {"curriculum": "acme/nothing"}).build()
    with pytest.raises(QuorateError, match="There is no acme/curriculum 'steps'"):
        compose_component("logger", "acme/scheduled", registry, {"curriculum": "steps"})


def test_its_components_are_generated(package, tmp_path, monkeypatch):
    assert main(["new", "plugin", "beta", "--kind", "acme/curriculum", "--directory", str(tmp_path)]) == 0
    folder = tmp_path / "beta-quorate"
    assert 'quorate_plugins = ["acme"]' in (folder / "pyproject.toml").read_text()
    assert not (folder / "examples").exists()
    monkeypatch.syspath_prepend(folder)
    assert_conforms(load_registry([folder / "beta_quorate/registry.yaml"]), "acme/curriculum", "beta/reversed")


@pytest.mark.usefixtures("package")
def test_where_its_plugin_is_blocked_the_kind_is_unknown(capsys):
    assert main(["--no-plugins", "list", "acme/curriculum"]) == 2
    assert "Install the plugin acme" in capsys.readouterr().err


def test_a_row_of_a_kind_that_nobody_declares_is_disabled(acme, monkeypatch):
    site = acme('- {kind: gone/thing, name: acme/one, target: "acme_quorate.none:One", summary: None.}')
    monkeypatch.syspath_prepend(site.path)
    registry = load_registry()
    assert [(one.kind, one.name) for one in registry.disabled] == [("gone/thing", "acme/one")]
    with pytest.raises(RegistryError, match=r"disabled: 'acme/one' of acme-quorate .*'gone/thing', which there is not"):
        registry.find("gone/thing", "acme/one")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("acme/curriculum", "curriculum"), "must be key/kind"),
        (("acme/curriculum", "other/curriculum"), "outside the namespace"),
        (("    plural: curricula\n", ""), "'plural' is missing"),
        (("checks:", "cheks:"), "Unknown key 'cheks'"),
        (("[acme_quorate:blueprint]", "acme_quorate:blueprint"), "must be a list of folders"),
    ],
)
def test_a_mistake_in_the_entry_is_told(change, said):
    text = f"schema: 1\nkinds:{ENTRY.replace(*change)}components: []\n"
    with pytest.raises(QuorateError, match=said):
        parse_manifest(text, namespace="acme")
