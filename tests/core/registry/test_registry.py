import json

import pytest

from quorate.errors import RegistryError
from quorate.registry import Registry, load_registry, parse_manifest, registry_from
from quorate.registry.entries import MANIFEST_GROUP
from quorate.registry.kinds import KINDS
from quorate.registry.plugin import Plugin
from quorate.settings import NoSettings, load_target


def registry(*rows: str, distribution: str = "acme-quorate") -> Registry:
    text = "schema: 1\ncomponents:\n" + "".join(f"- {{{row}}}\n" for row in rows)
    manifest = parse_manifest(text, "r.yaml", distribution=distribution)
    return Registry([Plugin("acme", MANIFEST_GROUP, "", distribution, "1.0", rows=manifest.rows)])


def row(**keys: str) -> str:
    given = {"kind": "policy", "name": "greedy", "target": "'json:loads'", "summary": "S."} | keys
    return ", ".join(f"{key}: {value}" for key, value in given.items())


def fail(call, *arguments, **keywords) -> str:
    with pytest.raises(RegistryError) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


def test_rows_of_every_kind_and_of_one():
    built_in = load_registry()
    assert {row.kind for row in built_in.rows()} == set(KINDS)
    assert [row.name for row in built_in.rows("noise")] == ["fixed", "log-uniform", "log-normal"]
    assert built_in.find("denoiser", "mlp").settings == "quorate_state_inference.settings:MLPSettings"


def test_unknown_names_get_the_nearest():
    assert "choices: composite" in fail(load_registry().find, "inference", "compsite")
    assert "sensor-network/5x5-v1" in fail(load_registry().find, "environment", "5x5-v1")
    assert "environment" in fail(load_registry().find, "enviroment", "x")


def test_the_wrong_kind_is_said_and_the_right_names_given():
    text = fail(load_registry().find, "denoiser", "composite")
    assert "of the kind inference" in text
    assert "mlp" in text


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ({"extra": "sim"}, "pip install 'acme-quorate[sim]'"),
        ({"install": "'conda install ghost'", "extra": "sim"}, "conda install ghost"),
        ({}, "pip install ghost_module"),
    ],
)
def test_missing_needs_give_the_install_command(keys, command):
    found = registry(row(needs="[ghost_module, json]", **keys))
    assert f"Run: {command}" in fail(found.find, "policy", "greedy")
    lenient = found.find("policy", "greedy", installed=False)
    assert found.missing(lenient) == ("ghost_module",)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("ghost_module:Thing", ["ghost_module", "Install what provides"]),
        ("json:load_s", ["'json:load_s' does not exist", "loads"]),
        ("json:JSONDecoder.decod", ["decode"]),
    ],
)
def test_targets_that_do_not_exist(target, words):
    found = registry(row(target=f"'{target}'"))
    text = fail(found.load, found.find("policy", "greedy"))
    for word in words:
        assert word in text


@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit(1)", "def f(:", "from json import ghost"])
def test_targets_that_raise_at_import(tmp_path, monkeypatch, body):
    (tmp_path / "raising_target.py").write_text("\n\n" + body)
    monkeypatch.syspath_prepend(tmp_path)
    text = fail(load_target, "raising_target:Thing")
    assert "can not be imported" in text
    if body == "1 / 0":
        assert "raising_target.py, line 3" in text
        assert "division by zero" in text


def test_settings_classes(tmp_path, monkeypatch):
    (tmp_path / "targets_with_settings.py").write_text(
        "import dataclasses\n@dataclasses.dataclass\nclass S: pass\nclass A:\n    settings_class = S\n"
        "class B:\n    def __init__(self, settings: 'S', spec): pass\ndef c(settings: S): pass\ndef d(settings): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in "ABc":
        found = registry(row(target=f"'targets_with_settings:{name}'"))
        assert found.settings_class(found.find("policy", "greedy")).__name__ == "S"
    found = registry(row(target="'targets_with_settings:d'"))
    assert found.settings_class(found.find("policy", "greedy")) is NoSettings


def test_duplicates_disable_the_later_row_only():
    found = registry(row(), row(summary="Again."), row(name="other"))
    assert [r.summary for r in found.rows("policy")] == ["S.", "S."]
    assert [(d.kind, d.name) for d in found.disabled] == [("policy", "greedy")]
    assert "r.yaml, line 3" in found.problems()[0]
    assert "r.yaml, line 4" in found.problems()[0]


def test_a_component_is_ready_to_build():
    part = registry(row()).component("policy", "greedy", settings="[1, 2]")
    assert (part.kind, part.name, part.target) == ("policy", "greedy", "json:loads")
    assert part.build() == [1, 2]


def test_a_registry_is_made_again_from_its_origin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    manifest = "schema: 1\ncomponents: [{kind: policy, name: again, target: 'json:loads', summary: S.}]\n"
    (tmp_path / "own.yaml").write_text(manifest)
    first = load_registry(["own.yaml"], plugins=False, allow=["acme_sim"], interpreters={"other": "venv"})
    origin = json.loads(json.dumps(first.origin))
    monkeypatch.chdir("/")  # paths are those of the first process
    second = registry_from(origin)
    assert second.origin == first.origin
    assert second.find("policy", "again").target == "json:loads"
    assert (second.allow, second.origin["interpreters"]) == (("acme_sim",), {"other": str(tmp_path / "venv")})
