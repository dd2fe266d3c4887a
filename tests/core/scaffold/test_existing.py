"""A further component in a package that is there."""

import pytest
import yaml

from quorate.cli.main import main
from quorate.folders import files
from quorate.registry import load_registry
from quorate.registry.kinds import KINDS

MANIFEST = """\
# My components.
schema: 1
components:
# noises first
- kind: noise
  name: acme/one   # a name
  target: acme_quorate.noise:One
  summary: >
    One level.
  # tags: {}

references: []  # none yet
# the end
"""


def add(kind, name, *words):
    return main(["--no-plugins", "new", "component", kind, name, *words])


@pytest.fixture
def package(new_package):
    return new_package("noise")


def everything(package):
    paths = [path for path in package.folder.rglob("*") if path.is_file()]
    return {path.relative_to(package.folder).as_posix(): path.read_text() for path in paths}


def test_each_kind_is_added_and_is_sound(package, capsys):
    before = set(everything(package))
    for kind in KINDS:
        assert add(kind, "second", "--directory", str(package.python)) == 0
    assert "quorate check acme/second-v1" in capsys.readouterr().out
    text = everything(package)
    assert {"acme_quorate/second_launcher.py", "acme_quorate/second_launcher_settings.py"} < set(text) - before
    assert {"tests/test_second_policy.py", "examples/second_policy.yaml"} < set(text) - before
    rows = load_registry([package.python / "registry.yaml"], plugins=False).rows()
    assert {row.kind for row in rows if row.name.startswith("acme/second")} == set(KINDS)
    assert 'NAME = "acme/second"' in text["tests/test_second_noise.py"]
    assert "from acme_quorate.second_noise_settings import SecondNoiseSettings" in text["acme_quorate/second_noise.py"]


def test_the_rest_of_the_manifest_stays_as_it_was(package):
    file = package.python / "registry.yaml"
    file.write_text(MANIFEST)
    assert add("noise", "two", "--directory", str(package.folder)) == 0
    before, after = MANIFEST.splitlines(), file.read_text().splitlines()
    at = before.index("  # tags: {}") + 1
    assert after[:at] + after[at + 5 :] == before
    assert after[at : at + 2] == ["- kind: noise", "  name: acme/two"]


@pytest.mark.parametrize("empty", ["components: []", "components: []  # none"])
def test_the_first_row(package, empty):
    file = package.python / "registry.yaml"
    file.write_text(f"schema: 1\n{empty}\nreferences: []\n")
    assert add("noise", "two", "--directory", str(package.folder)) == 0
    data = yaml.safe_load(file.read_text())
    assert [row["name"] for row in data["components"]] == ["acme/two"]
    assert data["references"] == []


def test_the_package_is_found_from_a_folder_in_it_and_below_src(package, monkeypatch):
    (package.folder / "src").mkdir()
    package.python.rename(package.folder / "src/acme_quorate")
    monkeypatch.chdir(package.folder / "tests")
    assert add("noise", "two") == 0
    assert (package.folder / "src/acme_quorate/two_noise.py").is_file()
    assert (package.folder / "tests/test_two_noise.py").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["noise", "uniform"], "has a component of the kind noise and the name 'acme/uniform'"),
        (["noise", "three"], "There is already such a file."),
        (["noise", "My_Noise"], "Write it like 'my-noise'."),
        (["nose", "four"], "There is no kind 'nose'."),
        (["noise", "four", "--style", "native"], "Leave out --style."),
        (["environment", "four", "--style", "natve"], "pettingzoo, native, tabular"),
    ],
)
def test_what_is_refused_changes_nothing(package, capsys, words, said):
    (package.folder / "tests/test_three_noise.py").write_text("mine")
    before = everything(package)
    assert add(*words, "--directory", str(package.folder)) == 2
    assert said in capsys.readouterr().err
    assert everything(package) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema: 1\ncomponents: [{kind: noise, name: acme/a, target: 'a:b', summary: A.}]\n", "by hand"),
        ("schema: 1\ncomponents: [{kind: noise}]\n", "is missing"),
        ("schema: 1\ncomponents: [\n", "Malformed YAML"),
    ],
)
def test_a_manifest_that_no_row_can_be_added_to(package, capsys, text, said):
    (package.python / "registry.yaml").write_text(text)
    before = everything(package)
    assert add("noise", "two", "--directory", str(package.folder)) == 2
    assert said in capsys.readouterr().err
    assert everything(package) == before


def test_nothing_is_half_written(package, monkeypatch):
    def full(descriptor, data):
        if b"two" in data and b"components:" in data:
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    before, write = everything(package), files.write_all
    monkeypatch.setattr(files, "write_all", full)
    assert add("noise", "two", "--directory", str(package.folder)) == 2
    assert everything(package) == before


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (None, "There is no plugin package here"),
        ("[project]\nname = 'x'\n", "The project has no manifest"),
        ("[project\n", "The project has no manifest"),
        ("[project]\nname = 'x'\n[project.entry-points.'quorate.manifest']\nx = 'x:y.yaml'\n", "does not exist"),
    ],
)
def test_where_there_is_no_package(tmp_path, monkeypatch, capsys, project, said):
    monkeypatch.chdir(tmp_path)
    if project is not None:
        (tmp_path / "pyproject.toml").write_text(project)
    assert add("noise", "two") == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ([] if project is None else ["pyproject.toml"])


def test_what_pyproject_lacks_is_said(package, capsys):
    assert add("environment", "world", "--style", "native", "--directory", str(package.folder)) == 0
    out = capsys.readouterr().out
    assert "add to the dependencies in pyproject.toml: gymnasium" in out
    assert "quorate_manifests" not in out
    project = package.folder / "pyproject.toml"
    project.write_text(project.read_text().split("[tool.")[0])
    assert add("noise", "two", "--directory", str(package.folder)) == 0
    assert 'quorate_manifests = ["acme_quorate/registry.yaml"]' in capsys.readouterr().out
