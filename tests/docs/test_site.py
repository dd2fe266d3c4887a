"""The pages: generated ones are fresh, the site builds without a warning, links lead somewhere, the README is right."""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from quorate.config import compose
from quorate.imports import importable
from quorate.registry import load_registry

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FETCHED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=\"https?:[^\"]+")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def run(*words):
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=1200)


def missing_targets(text, folder):
    """Relative links and images that lead to no file."""
    targets = [target.partition("#")[0] for target in LINK.findall(text) if "://" not in target]
    return [target for target in targets if target and not (folder / target).exists()]


def yaml_blocks(text):
    return re.findall(r"^```yaml[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not importable("mujoco"), reason="the pages describe a module for simulators on MuJoCo")
def test_reference_pages_are_fresh():
    done = run("docs/generate.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("package", "page"), [("interfaces", "python-interfaces"), ("run", "python-modules")])
def test_the_reference_tells_of_every_public_name(package, page):
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    module = importlib.import_module(f"quorate.{package}")
    names = [name for name in module.__all__ if inspect.isclass(value := getattr(module, name)) or callable(value)]
    assert [name for name in names if f"\n### `{name}`" not in text] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    done = run("-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(place))
    assert done.returncode == 0, done.stderr
    return place


def test_the_site_builds_without_a_warning(site):
    assert (site / "tutorial" / "index.html").exists()
    assert not list(site.rglob("*.py"))


def test_the_site_fetches_nothing(site):
    found = {str(page): FETCHED.findall(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert found
    assert {page: urls for page, urls in found.items() if urls} == {}


def test_what_is_fetched_is_seen():
    assert FETCHED.search('<script defer src="https://cdn.org/x.js">')
    assert FETCHED.search('<link href="https://fonts.org/x.css" rel="stylesheet">')
    assert not FETCHED.search('<a href="https://arxiv.org">')


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_pictures_exist(page):
    assert missing_targets(page.read_text(encoding="utf-8"), page.parent) == []


def test_a_missing_target_is_seen(tmp_path):
    assert missing_targets("[a](b.md#c) ![p](p.png) [w](https://w.org) [h](#here)", tmp_path) == ["b.md", "p.png"]


def test_the_configurations_of_the_readme_compose(tmp_path):
    registry, composed = load_registry([], plugins=False), 0
    for block in yaml_blocks((ROOT / "README.md").read_text(encoding="utf-8")):
        if "environment" in yaml.safe_load(block):
            (tmp_path / "run.yaml").write_text(block, encoding="utf-8")
            compose(tmp_path / "run.yaml", (), registry)
            composed += 1
    assert composed >= 1


def test_the_readme_names_the_two_commands_first():
    first = re.search(
        r"^```\w*\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert first is not None
    assert [line.partition("#")[0].strip() for line in first[1].splitlines()] == ["make demo", "make test"]


def test_the_script_of_the_readme_trains_acts_and_films(tmp_path, monkeypatch, capsys):
    script = re.search(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)[1]
    assert len([line for line in script.splitlines() if line]) <= 10
    example = ROOT / "examples" / "estimate_fed" / "mappo.yaml"
    assert '"examples/estimate_fed/mappo.yaml"' in script
    short = f'{str(example)!r}, "budget.train_steps=1", "algorithm.environments=4"'
    monkeypatch.chdir(tmp_path)
    exec(script.replace('"examples/estimate_fed/mappo.yaml"', short), {})
    assert "return/mean" in capsys.readouterr().out
    assert (tmp_path / "episode.gif").read_bytes().startswith(b"GIF89a")
