import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from quorate.errors import ConfigError, RunError
from quorate.interpreters import creating, user_settings
from quorate.interpreters.creating import check, create, find_python, made_for, version_of
from quorate.interpreters.entering import enter, prepare
from quorate.registry.interpreter_rows import InterpreterRow

ANY = InterpreterRow("acme", "Of Acme.", ">=3.8", ("acme-sim[all]>=1", "other==2"), ("bare==3",), ("json",))


@pytest.fixture
def commands(monkeypatch):
    """What would be run; the virtual environment is made without pip, which takes its time."""
    ran = []

    def run(words, doing, fix):
        ran.append([str(word) for word in words])
        if "venv" in words:
            subprocess.run([*words[:3], "--without-pip", *words[3:]], check=True)

    monkeypatch.setattr(creating, "_run", run)
    return ran


def test_pip_is_told_what_the_manifest_says_and_quorate_as_it_is_installed_here(commands, tmp_path):
    python = create(ANY, tmp_path / "there", sys.executable)
    venv, together, alone = commands
    assert venv == [sys.executable, "-m", "venv", str(tmp_path / "there")]
    assert together[:5] == [python, "-m", "pip", "--disable-pip-version-check", "install"]
    assert together[5:7] == ["acme-sim[all]>=1", "other==2"]
    assert together[7:]
    assert "quorate" in " ".join(together[7:]) or Path(together[-1]).is_dir()
    assert alone[5:] == ["--no-deps", "bare==3"]


def test_it_goes_on_where_it_stopped_and_touches_nothing_else(commands, tmp_path):
    create(ANY, tmp_path / "there", sys.executable)
    create(ANY, tmp_path / "there", sys.executable)
    assert ["venv" in words for words in commands] == [True, False, False, False, False]
    assert made_for(str(tmp_path / "there")) == "acme"
    assert made_for(str(tmp_path)) == ""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(ConfigError, match="something else"):
        create(ANY, tmp_path / "mine", sys.executable)


def test_a_checkout_takes_the_place_of_the_requirement_of_its_name(commands, tmp_path):
    create(ANY, tmp_path / "there", sys.executable, {"Acme_Sim": tmp_path})
    assert commands[1][5:7] == [str(tmp_path), "other==2"]
    with pytest.raises(ConfigError, match="'else' is no requirement") as caught:
        create(ANY, tmp_path / "there", sys.executable, {"else": tmp_path})
    assert caught.value.choices == ("acme-sim", "other")
    with pytest.raises(ConfigError, match="no folder"):
        create(ANY, tmp_path / "there", sys.executable, {"other": tmp_path / "nowhere"})


def test_a_python_of_another_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(creating, "_pythons", lambda: iter(["/nowhere/python", "/bin/ls", "/bin/echo", sys.executable]))
    old = InterpreterRow("acme", "", "<3", ())
    with pytest.raises(ConfigError, match="acme needs <3"):
        create(old, tmp_path / "there", sys.executable)
    with pytest.raises(ConfigError, match="There is no Python <3"):
        find_python("<3")
    for program in ("/bin/ls", "/bin/echo"):
        with pytest.raises(ConfigError, match="no Python that works"):
            create(old, tmp_path / "there", program)
    assert find_python(f"=={version_of(sys.executable)}") == sys.executable
    assert not (tmp_path / "there").exists()


def test_what_can_not_be_imported_there_is_told():
    check(InterpreterRow("acme", "", "", (), (), ("json",)), sys.executable)
    with pytest.raises(RunError, match="no_such_module can not be imported there: ModuleNotFoundError"):
        check(InterpreterRow("acme", "", "", (), (), ("json", "no_such_module")), sys.executable)


def test_what_only_this_interpreter_would_find_is_not_taken_for_installed_there(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RunError, match="only_here can not be imported there"):
        check(InterpreterRow("acme", "", "", (), (), ("only_here",)), sys.executable)


@pytest.mark.parametrize(("checkouts", "told"), [({}, True), ({"far": "."}, False)])
def test_where_a_repository_can_not_be_reached_a_clone_is_offered(tmp_path, monkeypatch, checkouts, told):
    def run(words, doing, fix):
        if "venv" not in words:
            raise RunError("no network", fix=fix)
        subprocess.run([*words[:3], "--without-pip", *words[3:]], check=True)

    monkeypatch.setattr(creating, "_run", run)
    row = InterpreterRow("acme", "", ">=3.8", ("far @ git+https://acme.example/far@1234", "near==1"))
    with pytest.raises(RunError) as caught:
        create(row, tmp_path / "there", sys.executable, {name: Path(path) for name, path in checkouts.items()})
    assert ("--checkout far=PATH" in str(caught.value)) == told
    assert "--checkout near" not in str(caught.value)


def test_a_failing_program_is_an_error_with_a_way_on(tmp_path):
    with pytest.raises(RunError, match="Could not install it"):
        creating._run([sys.executable, "-c", "raise SystemExit(3)"], "install it", "Go on.")


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Calls `quorate interpreter create` for nothing in particular, with settings that do not exist yet."""
    from quorate.cli.main import cli
    from quorate.door.session import App

    monkeypatch.setenv("QUORATE_SETTINGS", str(tmp_path / "mine" / "settings.yaml"))
    monkeypatch.setattr(creating, "_pip", lambda *words: None)
    manifest = tmp_path / "registry.yaml"
    manifest.write_text(
        "schema: 1\ncomponents: []\ninterpreters:\n"
        "  - {name: bare, summary: Nothing., python: '>=3.8', requirements: [], modules: [json], host: false}\n"
    )
    words = ["--manifest", str(manifest), "interpreter", "create", "mine", "--for", "bare", "--directory"]
    return lambda: CliRunner().invoke(cli, [*words, str(tmp_path / "there")], obj=App())


def test_the_command_makes_it_for_real_and_enters_it(command, tmp_path):
    done = command()
    assert done.exit_code == 0, done.output
    assert user_settings().interpreters == {"mine": str(tmp_path / "there")}
    assert version_of(str(tmp_path / "there" / "bin" / "python"))


def test_a_mistake_in_the_settings_is_told_before_anything_is_made(command, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "settings.yaml").write_text("interpreter_timeot: 20\n")
    done = command()
    assert isinstance(done.exception, ConfigError)
    assert "interpreter_timeot" in str(done.exception)
    assert not (tmp_path / "there").exists()


def test_what_the_settings_say_already_stays(tmp_path, monkeypatch):
    file = tmp_path / "settings.yaml"
    file.write_text("interpreter_timeout: 20\n")
    monkeypatch.setenv("QUORATE_SETTINGS", str(file))
    prepare()
    enter("mine", tmp_path / "there")
    assert user_settings().interpreter_timeout == 20
    assert user_settings().interpreters == {"mine": str(tmp_path / "there")}
