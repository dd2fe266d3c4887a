import pytest

from quorate.cli.main import main


def new(*words):
    return main(["--no-plugins", "new", "plugin", *words])


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_what_was_written_is_told_and_what_to_type_next(tmp_path, capsys):
    assert new("acme") == 0
    out = capsys.readouterr().out
    assert all(f"  {name}\n" in out for name in files(tmp_path / "acme-quorate"))
    commands = out.split("Next\n")[1].splitlines()
    assert [line.strip() for line in commands] == [
        "cd acme-quorate",
        "pip install -e .",
        "quorate list environment",
        "quorate check acme/foraging-v1",
        "quorate run examples/run.yaml",
        "quorate compare examples/compare.yaml",
    ]


def test_the_package_is_whole(tmp_path):
    assert new("acme", "--kind", "denoiser", "--directory", "plugins") == 0
    assert files(tmp_path / "plugins" / "acme-quorate") == {
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "acme_quorate/__init__.py",
        "acme_quorate/denoiser.py",
        "acme_quorate/py.typed",
        "acme_quorate/registry.yaml",
        "acme_quorate/settings.py",
        "examples/compare.yaml",
        "examples/run.yaml",
        "pyproject.toml",
        "tests/test_conformance.py",
    }


def test_a_component_gets_the_name_that_is_asked_for(tmp_path):
    assert new("acme", "--component", "warehouse", "--style", "native") == 0
    package = tmp_path / "acme-quorate" / "acme_quorate"
    assert "name: acme/warehouse-v1\n" in (package / "registry.yaml").read_text()
    assert "class Warehouse(NativeEnvironment[World]):" in (package / "environment.py").read_text()


def test_an_existing_folder_is_refused_and_stays(tmp_path, capsys):
    (tmp_path / "acme-quorate").mkdir()
    (tmp_path / "acme-quorate" / "README.md").write_text("mine")
    assert new("acme") == 2
    assert "--force" in capsys.readouterr().err
    assert files(tmp_path / "acme-quorate") == {"README.md"}


def test_an_empty_folder_will_do(tmp_path):
    (tmp_path / "acme-quorate").mkdir()
    assert new("acme") == 0


def test_force_keeps_what_it_replaces(tmp_path, capsys):
    folder = tmp_path / "acme-quorate"
    assert new("acme") == 0
    (folder / "README.md").write_text("mine")
    (folder / "notes.txt").write_text("mine")
    capsys.readouterr()
    assert new("acme", "--force") == 0
    assert "(was there: see README.md.bak)" in capsys.readouterr().out
    assert (folder / "README.md.bak").read_text() == (folder / "notes.txt").read_text() == "mine"
    assert (folder / "README.md").read_text().startswith("# acme-quorate")
    assert sorted(path.name for path in folder.rglob("*.bak")) == ["README.md.bak"]


def test_force_loses_nothing_the_second_time(tmp_path, capsys):
    folder = tmp_path / "acme-quorate"
    assert new("acme") == 0
    for text in ("first", "second"):
        (folder / "README.md").write_text(text)
        (folder / "pyproject.toml").write_text(text)
        code = new("acme", "--force")
    assert code == 2
    assert "would be lost" in capsys.readouterr().err
    assert (folder / "README.md").read_text() == (folder / "pyproject.toml").read_text() == "second"
    assert (folder / "README.md.bak").read_text() == "first"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Acme Lab"], "Write it like 'acme-lab'."),
        (["acme", "--component", "My_Net"], "Write it like 'my-net'."),
        (["acme", "--kind", "noise", "--style", "native"], "Leave out --style"),
        (["mpe"], "Choose another name, such as my-mpe."),
        (["quorate-mpe"], "Choose another name"),
        (["quorate"], "acme-quorate"),
    ],
    ids=["name", "component", "style", "names", "package", "host"],
)
def test_a_mistake_is_told_with_its_fix(tmp_path, capsys, words, said):
    assert new(*words) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_can_not_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert new("acme", "--directory", "file/below") == 2
    assert "can not be written" in capsys.readouterr().err


def test_the_names_of_another_plugin_are_its_own(acme):
    site = acme("- {kind: noise, name: acme/two, target: 'acme_quorate.noise:Two', summary: Two levels.}")
    refused = site.quorate("new", "plugin", "my-acme")
    assert refused.returncode == 0, refused.stderr
    owner = site.quorate("new", "plugin", "quorate-acme")
    assert owner.returncode == 2
    assert "belong to acme-quorate" in owner.stderr


def test_help_has_examples(capsys):
    assert main(["new", "plugin", "--help"]) == 0
    assert "quorate new plugin acme --kind algorithm" in capsys.readouterr().out
    assert main(["new", "--help"]) == 0
    assert "quorate new component noise two-levels" in capsys.readouterr().out
    assert main(["new", "component", "--help"]) == 0
    assert "quorate new component launcher slurm" in capsys.readouterr().out


def test_an_unknown_thing(capsys):
    assert main(["new", "plugn"]) == 2
    assert "plugn" in capsys.readouterr().err


def test_help_loads_nothing_heavy(site):
    site.path.mkdir()
    script = """
import sys
from quorate.cli.main import main
main(["new", "plugin", "--help"])
print([name for name in ("torch", "numpy", "omegaconf", "jinja2", "rich") if name in sys.modules])
"""
    assert site.python("-c", script).stdout.splitlines()[-1] == "[]"
