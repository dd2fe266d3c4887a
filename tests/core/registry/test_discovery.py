import json

import pytest

from quorate.errors import ManifestError
from quorate.registry import PluginState, load_registry

ROW = """
- kind: policy
  name: acme/greedy
  target: acme_quorate.greedy:Greedy
  summary: Takes the best.
"""
TRAP = "import pathlib\npathlib.Path('imported').write_text('yes')\n"


def plugin(site, name="acme", group="components", **environment):
    done = site.quorate("plugins", "--json", **environment)
    assert done.returncode == 0, done.stderr
    found = [p for p in json.loads(done.stdout)["plugins"] if (p["name"], p["provides"]) == (name, group)]
    assert len(found) == 1, done.stdout
    return found[0]


def names(site, *arguments, **environment):
    done = site.quorate("list", "--json", *arguments, **environment)
    assert done.returncode == 0, done.stderr
    return {row["name"] for row in json.loads(done.stdout)}


def test_a_third_party_manifest_is_read_without_importing_its_package(acme):
    site = acme(ROW)
    site.write({"acme_quorate/__init__.py": TRAP, "acme_quorate/greedy.py": TRAP})
    assert {"acme/greedy", "mlp"} <= names(site)
    found = plugin(site)
    assert (found["state"], found["distribution"], found["version"]) == ("loaded", "acme-quorate", "1.0")
    assert not (site.path / "imported").exists()


GOOD = ROW.replace("acme/greedy", "acme/good")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (ROW.replace("summary", "sumary"), ["'sumary'", "'summary'", "registry.yaml, line 7"]),
        (ROW.replace("policy", "polcy"), ["'polcy'", "'policy'"]),
        (ROW.replace("acme/greedy", "greedy"), ["'greedy'", "outside the namespace", "'acme/greedy'"]),
        (ROW.replace("acme/greedy", "acmeist/greedy"), ["outside the namespace"]),
        ("- 3\n", ["Row 1 must be a mapping"]),
    ],
)
def test_a_row_with_a_mistake_is_disabled_alone(acme, bad, words):
    site = acme(bad + GOOD)
    assert {"mlp", "acme/good"} <= names(site)
    found = plugin(site)
    assert (found["state"], found["components"]) == ("loaded", ["acme/good"])
    (disabled,) = found["disabled"]
    for word in [*words, "acme-quorate"]:
        assert word in disabled["reason"]
    assert "1 problem with plugins" in site.quorate("list").stderr
    strict = site.quorate("list", QUORATE_STRICT="1")
    assert strict.returncode == 2
    assert words[0] in strict.stderr


def test_the_name_of_a_disabled_row_is_known(acme):
    site = acme(ROW.replace("summary", "sumary"))
    asked = [["show", "acme/greedy", "--kind", "policy"], ["show", "acme/greedy"], ["check", "acme/greedy"]]
    for words in [*asked, ["check", "acme"], ["check", "acme-quorate"]]:
        done = site.quorate(*words)
        assert done.returncode == 2
        assert "The policy 'acme/greedy' is disabled: a row of acme-quorate: Unknown key 'sumary'" in done.stderr
        assert "registry.yaml, line 7." in done.stderr
        assert "`quorate plugins`" in done.stderr


@pytest.mark.parametrize(
    ("rows", "head", "words"),
    [
        ("[", "schema: 1", ["Malformed YAML"]),
        (ROW, "schema: one", ["'schema'"]),
        (ROW, "schema: 1\nrequirse: x", ["'requirse'", "'requires'"]),
        ("{a: b}", "schema: 1", ["must be a list"]),
    ],
)
def test_a_manifest_that_can_not_be_read_is_broken_and_the_host_goes_on(acme, rows, head, words):
    site = acme(rows, head=head)
    assert "mlp" in names(site)
    found = plugin(site)
    assert found["state"] == "broken"
    assert "ManifestError" in found["traceback"]
    for word in words:
        assert word in found["error"]
    assert "1 problem with plugins" in site.quorate("list").stderr
    strict = site.quorate("list", QUORATE_STRICT="1")
    assert strict.returncode == 2
    assert words[0] in strict.stderr
    assert "Traceback" not in strict.stderr


def test_the_manifest_does_not_exist(acme):
    site = acme(ROW)
    (site.path / "acme_quorate/data/registry.yaml").unlink()
    assert "does not exist" in plugin(site)["error"]
    site.distribution("acme-quorate", "[quorate.manifest]\nacme = acme_quorate:../../secret.yaml\n", {})
    assert "names no file" in plugin(site)["error"]


def test_other_schema_and_other_host_are_incompatible_not_loaded(acme):
    site = acme(ROW, head="schema: 7")
    found = plugin(site)
    assert (found["state"], found["components"]) == ("incompatible", [])
    assert "schema is 7" in found["error"]
    site = acme(ROW, head='schema: 1\nrequires: "quorate>=99"')
    assert plugin(site)["state"] == "incompatible"
    done = site.quorate("show", "acme/greedy", "--kind", "policy")
    assert done.returncode == 2
    assert "incompatible" in done.stderr


def test_hooks_of_an_incompatible_plugin_are_not_imported(acme):
    site = acme(ROW, head="schema: 7", hooks=TRAP)
    assert plugin(site, group="hooks")["state"] == "incompatible"
    assert not (site.path / "imported").exists()


@pytest.mark.parametrize("damage", [b"[quorate.manifest]\nnonsense\n", b"\xff\xfe[x]\ny = z\n"])
def test_damaged_metadata_of_a_stranger_takes_nobody_down(acme, damage):
    site = acme(ROW)
    site.distribution("stranger", "", {})
    (site.path / "stranger-1.0.dist-info/entry_points.txt").write_bytes(damage)
    assert {"acme/greedy", "mlp"} <= names(site)
    assert "damaged" in site.quorate("list").stderr


def test_a_distribution_without_metadata_is_still_found(acme):
    site = acme(ROW)
    (site.path / "acme_quorate-1.0.dist-info/METADATA").unlink()
    assert plugin(site)["state"] == "loaded"


def test_a_duplicate_name_disables_that_row_alone_and_names_both(acme):
    site = acme(ROW)
    other = ROW.replace("greedy", "other") + ROW
    text = "schema: 1\ncomponents:" + other.replace("\n", "\n  ") + "\n"
    site.distribution(
        "zeta-quorate", "[quorate.manifest]\nacme = zeta:r.yaml\n", {"zeta/__init__.py": "", "zeta/r.yaml": text}
    )
    assert {"acme/greedy", "acme/other"} <= names(site)
    done = site.quorate("plugins")
    assert "acme-quorate" in done.stdout
    assert "Disabled components\n  the policy 'acme/greedy' of zeta-quorate" in done.stdout
    assert site.quorate("list", QUORATE_STRICT="1").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "environment", "blocked"),
    [
        ([], {}, False),
        (["--no-plugins"], {}, True),
        ([], {"QUORATE_PLUGINS": ""}, True),
        ([], {"QUORATE_PLUGINS": "else"}, True),
        ([], {"QUORATE_PLUGINS": "else, acme"}, False),
    ],
)
def test_blocked_before_import(acme, arguments, environment, blocked):
    site = acme(ROW, hooks=TRAP)
    for command in (["--help"], ["plugins"]):
        site.quorate(*command, *arguments, **environment)
    assert (site.path / "imported").exists() is not blocked
    assert ("acme/greedy" in names(site, *arguments, **environment)) is not blocked
    assert "mlp" in names(site, *arguments, **environment)


def test_built_in_hooks_are_never_blocked(site):
    site.distribution("quorate", "[quorate.plugin]\nprobe = probe\n", {"probe.py": TRAP})
    assert plugin(site, "probe", "hooks", QUORATE_PLUGINS="")["state"] == "loaded"
    assert (site.path / "imported").exists()


def test_an_allowed_name_that_is_not_installed_is_a_problem(monkeypatch):
    monkeypatch.setenv("QUORATE_PLUGINS", "amce")
    assert any("'amce'" in problem for problem in load_registry().problems())


def test_manifest_given_by_hand(site):
    site.write(
        {
            "mine/registry.yaml": "schema: 1\ncomponents:\n"
            "- {kind: policy, name: mine, target: 'near:Mine', summary: Mine.}",
            "mine/near.py": "import dataclasses\n@dataclasses.dataclass\nclass S:\n    speed: int = 3\n"
            "class Mine:\n    def __init__(self, settings: S, spec): pass\n",
        }
    )
    assert "mine" in names(site, "--manifest", "mine/registry.yaml")
    assert "mine" not in names(site)
    before = site.quorate("--manifest", "mine/registry.yaml", "show", "mine")
    after = site.quorate("show", "mine", "--manifest", "mine/registry.yaml")
    assert (before.returncode, after.returncode) == (0, 0), before.stderr
    assert before.stdout == after.stdout
    assert "speed" in before.stdout


def test_errors_of_a_manifest_given_by_hand_are_fatal(tmp_path):
    with pytest.raises(ManifestError, match="can not be read"):
        load_registry([tmp_path / "absent.yaml"])
    (tmp_path / "new.yaml").write_text("schema: 9")
    with pytest.raises(ManifestError, match="schema is 9"):
        load_registry([tmp_path / "new.yaml"])


def test_hook_modules_are_found_but_not_imported(acme, monkeypatch):
    site = acme(ROW, hooks="raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(site.path))
    states = {(p.name, p.group): p.state for p in load_registry().plugins}
    assert states["acme", "quorate.plugin"] is PluginState.FOUND
    assert states["acme", "quorate.manifest"] is PluginState.LOADED
