"""A plugin is a folder: without it, and without its lines in pyproject.toml, everything else works."""

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GONE = "quorate_decision_games"
"""It has components, hooks and references, and examples of other plugins name its environments."""
RUN = """
environment: {name: sensor-network/2x2-v1}
algorithm: {name: state-inference, denoiser: {name: exact}, inference: [{name: composite}]}
budget: {train_steps: 1}
"""
PROGRAM = """
import importlib.util
from quorate.cli.main import main

for words in (["list"], ["plugins"], ["show", "sensor-network"], ["reproduce", "--list"], ["run", "run.yaml", "-q"]):
    print("@@", *words)
    assert main(words) == 0, words
found = importlib.util.spec_from_file_location("generate", "docs/generate.py")
generate = importlib.util.module_from_spec(found)
found.loader.exec_module(generate)
print("@@ pages")
print(generate.kind_page(generate.KINDS["environment"], generate.load_registry([], plugins=False)))
"""


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """The repository as it is, but for one plugin; installed with what pyproject.toml says then."""
    for name in ("core", "docs", "examples", "registry.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "plugins").mkdir()
    for plugin in (ROOT / "plugins").glob("quorate_*"):
        if plugin.name != GONE:
            (tmp_path / "plugins" / plugin.name).symlink_to(plugin)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    information = tmp_path / "installed" / "quorate-0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: quorate\nVersion: 0\n")
    hooks = [
        f"{key} = {value}\n" for key, value in project["entry-points"]["quorate.plugin"].items() if GONE not in value
    ]
    (information / "entry_points.txt").write_text("[quorate.plugin]\n" + "".join(hooks))
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path


def test_without_a_plugin_the_rest_works(without):
    own = [without / name for name in ("core", "plugins", "installed", "docs")]
    path = [*own, sysconfig.get_path("purelib")]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "COLUMNS": "200"}
    command = [sys.executable, "-S", "-c", PROGRAM]  # -S: the repository itself is not on the path
    done = subprocess.run(command, env=variables, cwd=without, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    listed, plugins, _, references, _, pages = done.stdout.split("@@ ")[1:]
    assert "1 problem with plugins: see `quorate plugins`." in done.stderr
    for text in (listed, references, pages):
        assert "decision-game" not in text
    assert "sensor-network/5x5-v1" in pages
    assert "hasac/" in references
    assert f"decision-games is broken\n  There is no file '{GONE}:registry.yaml', which 'include' names." in plugins
    assert str(without / "registry.yaml") in plugins
    assert "Remove it from 'include'" in plugins
    assert plugins.count(" loaded ") > 10
