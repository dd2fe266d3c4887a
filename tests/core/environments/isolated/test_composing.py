"""Components are composed where they live, names of interpreters mean what the user says, and failures are told."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from isolation_support import alive, wait_for, workers

from quorate.cli.main import main
from quorate.config import compose
from quorate.errors import ConfigError, QuorateError, RegistryError
from quorate.imports import ImportRefusedError
from quorate.interpreters import process
from quorate.registry import load_registry

pytestmark = pytest.mark.usefixtures("nothing_stays")
PYTHON = sys.executable  # itself, not what starts at once


def test_settings_are_those_of_in_process(composed):
    text = "{name: kit/drift-v1, interpreter: other, rate: 2, noise: {scale: '${environment.rate}'}, label: 'a\\${b}'}"
    there, here = composed(text), composed(text, "environment.interpreter=null")
    assert there.to_dict()["environment"].pop("interpreter") == "other"
    expected = here.to_dict()
    expected["environment"] = {"name": "kit/drift-v1", "interpreter": "other", **expected["environment"]}
    assert there.to_dict() == expected
    assert expected["environment"]["noise"] == {"scale": 2.0}
    assert expected["environment"]["label"] == "a${b}"
    part = there.settings.environment
    assert part.tags == here.settings.environment.tags
    assert part.interpreter.versions.items() >= {("python", sys.version.split()[0])}
    assert sys.executable not in there.to_yaml()
    with pytest.raises(AttributeError):
        part.settings.rate = 3.0
    with pytest.raises(RegistryError, match="lives in the interpreter 'other'"):
        part.load()


def test_it_composes_to_itself_again(composed, tmp_path):
    first = composed("{name: kit/drift-v1, interpreter: other, label: '\\${x}'}")
    path = tmp_path / "again.yaml"
    path.write_text(first.to_yaml())
    kit = Path(__file__).parent / "kit" / "registry.yaml"
    again = compose(path, (), load_registry([kit], interpreters={"other": sys.executable}))
    assert again.to_dict() == first.to_dict()


def test_other_settings_may_refer_to_its_defaults(composed):
    run = composed(
        "{name: kit/drift-v1, interpreter: '${name}', horizon: '${seed}'}",
        "name=other",
        "log.every=${environment.horizon}",
    )
    assert run.settings.log.every == run.settings.environment.settings.horizon == 7


def test_tags_decide_what_fits(composed):
    with pytest.raises(ConfigError, match="'hasac' requires continuous actions"):
        composed("{name: kit/drift-v1, interpreter: other}", "algorithm=hasac")
    assert composed("{name: kit/drift-v1, interpreter: other, continuous: true}", "algorithm=hasac")


@pytest.mark.parametrize(
    ("environment", "problem", "place"),
    [
        ("{name: kit/drift-v1, horizn: 3}", "no key 'horizn' in the environment", "environment.horizn ("),
        ("{name: kit/drift-v1, horizon: 0}", "0 is out of range: it must be at least 1", "environment.horizon ("),
        ("{name: kit/drift-v1, rate: much}", "Expected a number, found the text 'much'", "environment.rate ("),
        ("{name: kit/drift-v1, noise: {sale: 1}}", "no key 'sale'", "environment.noise.sale ("),
        ("{name: kit/drift-v1, rate: '${nothing}'}", "can not be resolved", "environment.rate ("),
        ("{name: kit/drift-v2}", "There is no environment 'kit/drift-v2'", "environment.name ("),
        ("{name: kit/choosy-v1}", "The value is missing: Must be given.", "environment.needed ("),
        ("{name: kit/choosy-v1, needed: x, least: 3}", "least is more than most", "environment.least ("),
        ("{name: kit/choosy-v1, needed: break_axle}", "fit each other: the axle broke", "environment ("),
    ],
)  # fmt: skip
def test_mistakes_are_told_as_if_it_were_here(composed, environment, problem, place):
    with pytest.raises(ConfigError, match=problem.replace("(", r"\(")) as here:
        composed(environment)
    with pytest.raises(ConfigError) as there:
        composed(environment.replace("{", "{interpreter: other, ", 1))
    assert there.value.problem == here.value.problem
    assert there.value.where.startswith(place)
    assert "run.yaml, line 1)" in there.value.where
    if "resolved" not in problem:
        assert there.value.where == f"{here.value.where}; interpreter 'other'"
    assert (there.value.choices, there.value.fix) == (here.value.choices, here.value.fix)


def test_imports_are_allowed_by_the_user_alone(composed):
    text = "{name: pettingzoo, id: 'http.server:main', interpreter: other}"
    with pytest.raises(ImportRefusedError) as caught:
        composed(text)
    assert caught.value.package == "http"


@pytest.mark.parametrize("name", ["/bin/sh", "./python", "../x", "a b", "a=b", "''", "3", "[a]", "{a: b}", "true"])
def test_a_file_can_not_say_what_is_run(composed, name):
    with pytest.raises(ConfigError, match="is no name of an interpreter") as caught:
        composed(f"{{name: kit/drift-v1, interpreter: {name}}}")
    assert "environment.interpreter" in caught.value.where


def test_a_folder_of_that_name_is_no_meaning(composed, tmp_path, monkeypatch):
    (tmp_path / "sh").symlink_to("/bin/sh")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="Nobody has said what the interpreter 'sh' is") as caught:
        composed("{name: kit/drift-v1, interpreter: sh}")
    assert "--interpreter sh=PATH" in caught.value.fix
    assert f"sh: PATH' in {os.devnull}" in caught.value.fix
    assert caught.value.choices == ("other",)


def test_only_environments_live_elsewhere(composed):
    with pytest.raises(ConfigError, match="There is no key 'interpreter' in the algorithm 'mappo'"):
        composed("kit/drift-v1", "algorithm.interpreter=other")


def test_a_user_says_what_names_mean(composed, tmp_path, monkeypatch):
    settings = tmp_path / "own" / "settings.yaml"
    (tmp_path / "own" / "bin").mkdir(parents=True)
    (tmp_path / "own" / "bin" / "python").symlink_to(sys.executable)
    settings.write_text("interpreters:\n  mine: .\n  other: /nowhere\n")
    monkeypatch.setenv("QUORATE_SETTINGS", str(settings))
    # Settings of the call win, here for `other`; a relative path is from the file's folder.
    assert composed("{name: kit/drift-v1, interpreter: other}")
    from quorate.interpreters import find_interpreter

    assert Path(find_interpreter("mine", {})) == tmp_path / "own" / "bin" / "python"


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("interpreter:\n  a: b", "no key 'interpreter'", 1),
        ("interpreters: a", "must be a mapping", 1),
        ("interpreters:\n  a: b\n  /bin/sh: c", "'/bin/sh' is no name", 3),
        ("interpreters:\n  a: 3", "3 is no path", 2),
        ("interpreter_timeout: soon", "'soon' is no number of seconds", 1),
        ("\ninterpreter_timeout: 0", "0 is no number of seconds", 2),
        ("- a", "must be a mapping", 1),
    ],
)
def test_mistakes_in_the_users_settings(composed, tmp_path, monkeypatch, text, problem, line):
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    monkeypatch.setenv("QUORATE_SETTINGS", str(file))
    with pytest.raises(ConfigError, match=problem) as caught:
        composed("{name: kit/drift-v1, interpreter: a}")
    assert f"{file}, line {line}" in caught.value.where


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("leave", ["ended with exit code 17 during 'describe'", "the licence is not valid"]),
        ("crash", ["was ended by the signal SIGSEGV"]),
        ("corrupt", ["sent what is no message", "I write where I should not"]),
        ("babble", []),
    ],
)
def test_a_process_that_fails(composed, fault, words):
    text = f"{{name: kit/choosy-v1, needed: {fault}, interpreter: other}}"
    if not words:
        assert composed(text)
        return
    with pytest.raises(QuorateError) as caught:
        composed(text)
    assert all(word in str(caught.value) for word in words)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("fault", ["orphan", "fork"])
def test_what_it_has_started_ends_with_it(composed, fault):
    with pytest.raises(QuorateError, match="ended with exit code 3") as caught:
        composed(f"{{name: kit/choosy-v1, needed: {fault}, interpreter: other}}", other=PYTHON)
    child = int(str(caught.value).split("child ")[1].split()[0])
    wait_for(lambda: not alive(child))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/bin/sh", "ended with exit code 2 before it was ready"),
        ("/bin/cat", "before it was ready"),
        ("/nowhere", "which is no file"),
        (str(Path(__file__)), "which is no executable"),
        ("/etc", "which is a folder without bin/python in it"),
    ],
)
def test_what_is_no_python(composed, path, words):
    with pytest.raises(QuorateError, match=words):
        composed("{name: kit/drift-v1, interpreter: other}", other=path)


def test_a_program_that_is_no_python_is_not_told_to_install(composed):
    with pytest.raises(QuorateError) as caught:
        composed("{name: kit/drift-v1, interpreter: other}", other="/bin/ls")
    assert "no Python interpreter" in caught.value.fix
    assert "pip install" not in caught.value.fix


def test_a_python_without_quorate_and_one_with_another_version(composed, tmp_path, monkeypatch):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    with pytest.raises(QuorateError, match=r"(?s)exit code 1.*No module named 'quorate'") as caught:
        composed("{name: kit/drift-v1, interpreter: other}", other=str(bare))
    assert "-m pip install quorate==" in caught.value.fix
    monkeypatch.setattr(process.quorate, "__version__", "0.9.9")
    with pytest.raises(QuorateError, match=r"'other' has quorate \S+; this one has 0.9.9"):
        composed("{name: kit/drift-v1, interpreter: other}")


def test_it_ends_with_the_process_that_started_it(tmp_path):
    script = "import sys; from quorate.interpreters.process import Worker; w = Worker('a', sys.executable);"
    code = f"{script} print(w._process.pid, flush=True); sys.stdin.read()"
    host = subprocess.Popen([PYTHON, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    worker = int(host.stdout.readline())
    assert alive(worker)
    assert worker in workers(host.pid)
    os.kill(host.pid, signal.SIGKILL)
    host.communicate()
    wait_for(lambda: not alive(worker))


def test_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("run.yaml").write_text(
        "environment: {name: kit/drift-v1, interpreter: other}\nalgorithm: mappo\nbudget: {train_steps: 1}\n"
    )
    kit = ["--manifest", str(Path(__file__).parent / "kit" / "registry.yaml")]
    assert main([*kit, "config", "run.yaml"]) == 2
    assert "Nobody has said what the interpreter 'other' is" in capsys.readouterr().err
    for given in ("other", "other=", "=x", "/x=y"):
        assert main([*kit, "--interpreter", given, "config", "run.yaml"]) == 2
        assert "gives no interpreter a meaning" in capsys.readouterr().err
    assert main([*kit, "config", "run.yaml", "--json", "--interpreter", f"other={PYTHON}"]) == 0
    assert json.loads(capsys.readouterr().out)["environment"]["interpreter"] == "other"
    assert main([*kit, "cite", "run.yaml", "--interpreter", f"other={PYTHON}"]) == 0
