import json
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.errors import ManifestError, RegistryError
from quorate.registry import load_registry, parse_manifest
from quorate.registry.check import check_row

TEXT = """\
schema: 1
components:
  - kind: environment
    name: mine/world
    target: quorate_sensor_network.environment:SensorNetwork
    settings: quorate_sensor_network.settings:SensorNetworkSettings
    defaults: {grid: [3, 3], targets: 2}
    summary: Worlds.
    tags: {state: binary, agents: 9}
    paper: arXiv:2410.13953
    presets:
      small-v1:
        summary: A small world.
        defaults: {grid: [2, 2]}
        tags: {agents: 4}
      calm-v2:
        summary: Nothing moves.
        defaults: {move: 0.0}
        paper: arXiv:1706.02275
  - kind: algorithm
    name: mine/learner
    target: mine:Learner
    summary: Learns.
    defaults: {policy: {name: gaussian, network: {hidden: [8]}, squash: tanh}, rate: 0.1}
    presets:
      big: {summary: As learner., defaults: {policy: {network: {hidden: [64]}}}}
      diffusion: {summary: Another policy., defaults: {policy: {name: ddpm}}}
"""


@pytest.fixture
def manifest(tmp_path) -> Path:
    (tmp_path / "mine.yaml").write_text(TEXT)
    return tmp_path / "mine.yaml"


def test_a_preset_says_what_differs_from_its_row(manifest):
    registry = load_registry([manifest], plugins=False)
    small, calm = (registry.find("environment", f"mine/world/{name}") for name in ("small-v1", "calm-v2"))
    assert (small.defaults, small.tags) == ({"grid": [2, 2], "targets": 2}, {"state": "binary", "agents": 4})
    assert (calm.defaults, calm.tags["agents"]) == ({"grid": [3, 3], "targets": 2, "move": 0.0}, 9)
    assert (small.paper, calm.paper, small.target) == ("arXiv:2410.13953", "arXiv:1706.02275", calm.target)
    assert (small.preset_of, small.where) == ("mine/world", f"{manifest}, line 12")
    big, diffusion = (registry.find("algorithm", f"mine/learner/{name}").defaults for name in ("big", "diffusion"))
    assert big["policy"] == {"name": "gaussian", "network": {"hidden": [64]}, "squash": "tanh"}
    assert diffusion["policy"] == {"name": "ddpm"}, "another component starts from its own defaults"
    assert registry.find("algorithm", "mine/learner").defaults["rate"] == 0.1


def test_an_environment_without_a_version_is_used_through_its_presets(manifest):
    registry = load_registry([manifest], plugins=False)
    assert registry.kinds_of("mine/world") == []
    with pytest.raises(RegistryError, match="has presets") as caught:
        registry.find("environment", "mine/world")
    assert caught.value.choices == ("mine/world/small-v1", "mine/world/calm-v2")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("summary: A small world.", "sumary: A small world.", 13, ["'sumary'", "preset 'small-v1'", "'summary'"]),
        ("        summary: Nothing moves.\n", "", 16, ["'summary' is missing in preset 'calm-v2'"]),
        ("small-v1:\n", "small-v1:\n        target: a:B\n", 13, ["Unknown key 'target' in preset 'small-v1'"]),
        ("small-v1", "small", 12, ["must end with a version", "small-v1"]),
        ("small-v1", "Small-v1", 12, ["lower case", "mine/world/Small-v1"]),
        ("tags: {agents: 4}", "tags: [4]", 15, ["'tags' of preset 'small-v1'", "mapping"]),
        ("paper: arXiv:1706.02275", "paper: 1706", 19, ["'paper' of preset 'calm-v2'"]),
        ("defaults: {move: 0.0}", "defaults: 3", 18, ["'defaults' of preset 'calm-v2'"]),
        ("diffusion: {summary: Another policy., defaults: {policy: {name: ddpm}}}", "diffusion: 3", 25, ["'presets'"]),
    ],
)
def test_mistakes_name_the_preset_and_its_line(old, new, line, words):
    assert old in TEXT
    with pytest.raises(ManifestError) as caught:
        parse_manifest(TEXT.replace(old, new), "their.yaml")
    assert caught.value.where == f"their.yaml, line {line}"
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("presets", ["{}", "[a]", "{1: {}}", "3"])
def test_presets_are_a_mapping(presets):
    text = TEXT[: TEXT.index("    presets:")] + f"    presets: {presets}\n"
    with pytest.raises(ManifestError, match=r"mapping|must be text"):
        parse_manifest(text)


def test_a_mistake_in_a_preset_costs_only_itself_and_one_in_its_row_all():
    found = parse_manifest(TEXT.replace("tags: {agents: 4}", "tags: 4"), namespace="mine", lenient=True)
    assert [one.name for one in found.disabled] == ["mine/world/small-v1"]
    assert "mine/world/calm-v2" in [row.name for row in found.rows]
    found = parse_manifest(TEXT.replace("summary: Worlds.", "sumary: Worlds."), namespace="mine", lenient=True)
    assert [one.name for one in found.disabled] == ["mine/world"]
    assert not [row for row in found.rows if row.kind == "environment"]


def test_check_finds_what_does_not_fit_the_settings(manifest):
    manifest.write_text(TEXT.replace("{move: 0.0}", "{mov: 0.0}"))
    registry = load_registry([manifest], plugins=False)
    assert check_row(registry, registry.find("environment", "mine/world/small-v1")) is None
    said = check_row(registry, registry.find("environment", "mine/world/calm-v2"))
    assert said is not None
    assert "name no settings of SensorNetworkSettings: mov" in said
    assert f"{manifest}, line 16" in said


def test_list_shows_presets_below_what_they_are_of(manifest, capsys):
    assert main(["list", "--manifest", str(manifest)]) == 0
    lines = [line.split("  ")[1:3] for line in capsys.readouterr().out.splitlines() if "mine/" in line]
    out = [f"{'' if a else '  '}{a or b}" for a, b in lines]
    assert out == [
        "mine/world",
        "  mine/world/small-v1",
        "  mine/world/calm-v2",
        "mine/learner",
        "  mine/learner/big",
        "  mine/learner/diffusion",
    ]
    assert main(["list", "environment", "--json", "--manifest", str(manifest)]) == 0
    found = {row["name"]: row["preset_of"] for row in json.loads(capsys.readouterr().out)}
    assert found["mine/world/calm-v2"] == "mine/world"
    assert "mine/world" not in found
    assert found["pettingzoo"] is None


def test_show_of_the_row_has_one_table_and_its_presets(manifest, capsys):
    assert main(["show", "mine/world", "--manifest", str(manifest)]) == 0
    text = capsys.readouterr().out
    assert text.index("Settings") < text.index("Presets") < text.index("Nothing moves.")
    assert "environment: {name: mine/world/small-v1}" in text
    assert main(["show", "mine/world/calm-v2", "--json", "--manifest", str(manifest)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["preset_of"] == "mine/world"
    assert {"move", "grid", "targets"} == {one["key"] for one in data["settings"] if one["from_row"]}


@pytest.mark.usefixtures("warm_processes")
def test_a_component_and_its_presets_are_checked_by_the_name_of_the_row(capsys):
    assert main(["check", "sensor-network", "--only", "row"]) == 0
    text = capsys.readouterr().out
    assert "environment sensor-network/control-4x4-v1  row" in text
    assert "10 passed" in text
