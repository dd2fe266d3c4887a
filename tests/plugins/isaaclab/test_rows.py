"""The rows, where Isaac Lab is not installed, and in another interpreter, where its stand-in is."""

import json
import sys
from pathlib import Path

import pytest
from isaac_support import problem

import quorate
from quorate.imports import importable
from quorate.registry import load_registry

NAMES = ("isaaclab", "isaaclab/shadow-handover-v1", "isaaclab/pendulum-marl-v1")


@pytest.mark.skipif(importable("isaaclab"), reason="Isaac Lab is installed")
def test_they_are_listed_and_say_the_way_where_it_is_not_installed():
    registry = load_registry()
    names = [row.name for row in registry.rows("environment")]
    for name in NAMES:
        assert name in names
        told = problem(lambda name=name: registry.find("environment", name))
        assert told.fix == (
            "Run: quorate interpreter create isaaclab --for isaaclab; then give the environment 'interpreter: isaaclab'"
        )


def test_the_interpreter_is_described_with_every_pin():
    row = load_registry().interpreter("isaaclab")
    assert row.python == ">=3.12,<3.13"
    assert {"torch==2.11.0", "newton[sim]==1.6.1", "warp-lang==1.17.0"} <= set(row.requirements)
    assert row.no_dependencies == ("isaaclab==3.0.0",)


@pytest.fixture
def other(fake, assets, tmp_path, monkeypatch, warm_processes):
    """The user's settings: the interpreter `isaac` is this one, with the stand-in on its path."""
    file = tmp_path / "settings.yaml"
    variables = {"PYTHONPATH": str(fake), "WARP_CACHE_PATH": str(tmp_path / "warp"), "ISAACSIM_ASSET_ROOT": str(assets)}
    file.write_text(json.dumps({"interpreters": {"isaac": {"path": sys.executable, "variables": variables}}}))
    monkeypatch.setenv("QUORATE_SETTINGS", str(file))
    return file


def test_it_lives_in_another_interpreter_and_tells_what_it_compiles(other, tmp_path, capfd):
    env = quorate.make("isaaclab/pendulum-marl-v1", batch=2, interpreter="isaac", assets="substitute")
    said = capfd.readouterr().err
    assert f"compiling the kernels counting for cpu, once, into {tmp_path / 'warp'} (interpreter 'isaac')" in said
    second = quorate.make("isaaclab/pendulum-marl-v1", batch=2, interpreter="isaac", assets="substitute")
    assert "compiling" not in capfd.readouterr().err
    assert env.reset(seed=1).observation.equal(second.reset(seed=1).observation)  # two at once: two processes
    env.close()
    second.close()


def test_it_is_trained_in_and_the_record_says_what_it_was(other, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = quorate.train(
        {
            "environment": {"name": "isaaclab/pendulum-marl-v1", "interpreter": "isaac", "assets": "substitute"},
            "algorithm": {"name": "mappo", "environments": 4, "rollout": 4},
            "evaluation": {"episodes": 2, "points": 1},
            "budget": {"train_steps": 2},
        }
    )
    record = json.loads((run.path / "record.json").read_text())["environment"]
    assert "substitute assets: the hand is another" in record["simulator"]
    assert record["interpreter"]["name"] == "isaac"


def test_the_guard_takes_other_assets_for_another_environment(other, tmp_path, capsys):
    from quorate.cli.main import main

    (tmp_path / "compare.yaml").write_text(
        "base:\n"
        "  environment: {name: isaaclab/pendulum-marl-v1, interpreter: isaac, assets: substitute}\n"
        "  algorithm: {name: mappo, environments: 2, rollout: 4}\n"
        "  budget: {train_steps: 1}\n"
        "variants:\n  ours: {}\n  theirs: {environment.assets: nvidia}\n"
        "seeds: 1\n"
    )
    code = main(["compare", str(tmp_path / "compare.yaml"), "--dry-run", f"directory={tmp_path / 'out'}"])
    told = " ".join(capsys.readouterr())
    assert code == 2
    assert "environment-settings" in told
    assert "simulator-version" in told
    assert "environment.assets" in told


@pytest.mark.parametrize("name", ["pendulum-mappo", "handover-ddpl"])
def test_the_examples_compose_where_there_is_the_interpreter(other, name):
    from quorate.config import compose

    examples = Path(__file__).parents[3] / "examples" / "isaaclab"
    assert compose(examples / f"{name}.yaml", [], load_registry()).settings.environment.interpreter.name == "isaac"
