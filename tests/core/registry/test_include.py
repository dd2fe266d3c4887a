from pathlib import Path

import pytest

from quorate.errors import ManifestError
from quorate.registry import PluginState, load_registry

HEAD = "schema: 1\n"
ROW = "components:\n- {kind: policy, name: NAME, target: 'acme.policy:Greedy', summary: Takes the best.}\n"


def row(name: str) -> str:
    return ROW.replace("NAME", name)


@pytest.fixture
def acme(tmp_path: Path, monkeypatch):
    """Installs a third party's package in this process, with files of its own; returns its plugins by name."""

    def install(**files: str):
        package = tmp_path / "acme_quorate"
        package.mkdir()
        for name, text in files.items():
            (package / f"{name}.yaml").write_text(HEAD + text)
        (package / "__init__.py").write_text("raise SystemExit('imported')")
        information = tmp_path / "acme_quorate-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-quorate\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text("[quorate.manifest]\nacme = acme_quorate:registry.yaml\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        registry = load_registry()
        return registry, {p.name: p for p in registry.plugins if p.distribution == "acme-quorate"}

    return install


def test_a_third_party_includes_manifests_of_its_package(acme):
    registry, plugins = acme(
        registry="include: [acme_quorate:more.yaml, even.yaml]\n" + row("acme/one"),
        more=row("acme/two"),
        even=row("b/c"),
    )
    assert [row.name for row in registry.rows("policy") if row.distribution == "acme-quorate"] == [
        "acme/one",
        "acme/two",
    ]
    assert [(name, p.state) for name, p in plugins.items()] == [
        ("acme", PluginState.LOADED),
        ("acme-quorate", PluginState.LOADED),
        ("even.yaml", PluginState.LOADED),
    ]
    (disabled,) = plugins["even.yaml"].disabled
    assert "Begin it with the key of the entry point: 'acme/c'" in disabled.reason
    assert [row.name for plugin in plugins["acme"].family() for row in plugin.rows] == ["acme/one", "acme/two"]


@pytest.mark.parametrize(
    ("include", "words"),
    [
        ("absent.yaml", ["no file 'absent.yaml', which 'include' names", "acme_quorate/registry.yaml"]),
        ("../other.yaml", ["no file '../other.yaml'"]),
        ("/etc/hosts", ["no file '/etc/hosts'"]),
        ("quorate_mpe:registry.yaml", ["'quorate_mpe:registry.yaml' is in another package", "same package only"]),
        ("absent:registry.yaml", ["is in another package"]),
        ("registry.yaml", ["includes itself", "Remove it from 'include'"]),
        ("wrong.yaml", ["'sumary'", "wrong.yaml, line 3"]),
        ("newer.yaml", ["it requires quorate>=7"]),
        ("rows.yaml", ["'components' must be a list", "rows.yaml, line 2"]),
    ],
)
def test_a_mistake_in_an_include_costs_only_itself(acme, include, words):
    files = {
        "wrong": "components: []\nsumary: 3",
        "newer": "requires: quorate>=7\ncomponents: []",
        "rows": "components: 3",
    }
    registry, _ = acme(registry=f"include: [{include}]\n" + row("acme/one"), **files)
    assert "acme/one" in [row.name for row in registry.rows("policy")]
    (problem,) = registry.problems()
    for word in words:
        assert word in problem


def test_a_longer_circle_ends(acme):
    _, plugins = acme(registry="include: [more.yaml]", more="include: [registry.yaml]\n" + row("acme/two"))
    assert "includes itself" in plugins["registry.yaml"].error
    assert plugins["more.yaml"].state is PluginState.LOADED


@pytest.mark.parametrize("include", ["registry.yaml", "3", "{a: b}", "[3]", "['']"])
def test_include_must_be_a_list_of_files(acme, include):
    _, plugins = acme(registry=f"include: {include}")
    assert "The key 'include' must be a list of files." in plugins["acme"].error


def test_a_manifest_given_by_hand_includes_files_below_it_and_raises(tmp_path):
    (tmp_path / "mine.yaml").write_text(HEAD + "include: [parts/more.yaml]\n")
    with pytest.raises(ManifestError, match=r"no file 'parts/more.yaml'"):
        load_registry([tmp_path / "mine.yaml"], plugins=False)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/more.yaml").write_text(HEAD + row("mine/greedy"))
    found = load_registry([tmp_path / "mine.yaml"], plugins=False).find("policy", "mine/greedy")
    assert found.directory == str(tmp_path)
