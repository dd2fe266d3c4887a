import os
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from quorate import __version__
from quorate.registry import load_registry
from quorate.registry.kinds import KINDS
from quorate.scaffold.names import LONGEST

VARIANTS = [*KINDS, "native", "tabular"]
LONG = "w" * LONGEST


def ruff(*arguments, folder):
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=1200)


@pytest.mark.parametrize("names", [("a", "b"), ("acme", ""), (LONG, LONG)], ids=["short", "default", "long"])
def test_code_is_formatted_and_without_faults(new_package, tmp_path, names):
    key, component = names
    for number, variant in enumerate(VARIANTS):
        new_package(variant, f"{key[: LONGEST - 2]}{number}", component)
    checked = ruff("check", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
    formatted = ruff("format", "--diff", folder=tmp_path)
    assert formatted.returncode == 0, formatted.stdout


def test_ruff_would_say_so(new_package, tmp_path):
    new_package("noise").replace("import torch\n", "import torch,  os\n")
    assert ruff("check", folder=tmp_path).returncode == 1
    assert ruff("format", "--diff", folder=tmp_path).returncode == 1


def test_types_are_strict(new_package, tmp_path):
    packages = [new_package(variant, f"acme{number}") for number, variant in enumerate(VARIANTS)]
    config = next(p.folder for p in packages if p.kind == "environment") / "pyproject.toml"
    assert "pettingzoo" in config.read_text()
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", str(config)]
    command += [word for package in packages for word in ("-p", package.python.name)]
    folders = os.pathsep.join(str(package.folder) for package in packages)
    environment = {**os.environ, "MYPYPATH": folders}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_manifest_is_read_and_fits_the_project(new_package, variant):
    package = new_package(variant)
    registry = load_registry([package.python / "registry.yaml"], plugins=False)
    row = registry.find(package.kind, package.component)
    project = tomllib.loads((package.folder / "pyproject.toml").read_text())
    assert project["project"]["description"] == row.summary
    assert project["project"]["entry-points"]["quorate.manifest"] == {"acme": f"{package.python.name}:registry.yaml"}
    assert row.target.split(".")[0] == project["project"]["name"].replace("-", "_") == package.python.name
    assert any(line.startswith("quorate>=") for line in project["project"]["dependencies"])


@pytest.mark.parametrize("variant", VARIANTS)
def test_other_files_are_valid(new_package, variant):
    package = new_package(variant)
    workflow = yaml.safe_load((package.folder / ".github/workflows/test.yml").read_text())
    assert workflow["jobs"]["test"]["steps"][1]["with"]["python-version"] == "${{ matrix.python }}"
    readme = (package.folder / "README.md").read_text()
    assert f"quorate check {package.component}" in readme
    assert "licence" in readme
    texts = {path.name: path.read_text() for path in package.folder.rglob("*") if path.is_file()}
    assert [name for name, text in texts.items() if "{{" in text or "{%" in text] == ["test.yml"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_short(new_package, variant):
    package = new_package(variant)
    lines = [line for file in package.python.glob("*.py") for line in file.read_text().splitlines() if line.strip()]
    assert len(lines) < 160


def test_the_range_of_versions_includes_this_one(new_package):
    manifest = yaml.safe_load((new_package("noise").python / "registry.yaml").read_text())
    assert Requirement(manifest["requires"]).specifier.contains(__version__)
