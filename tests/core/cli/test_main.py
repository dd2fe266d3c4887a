import errno
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import quorate
from quorate.cli.main import COMMANDS, cli, main

HOOKS = """
import click
from quorate.hookspecs import hookimpl

@click.command("greet")
def greet():
    \"\"\"Say hello.\"\"\"
    click.echo("hello from acme")

@hookimpl
def quorate_commands():
    return [greet, click.Command("list"), "no command"]
"""


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"quorate {quorate.__version__}\n"


def test_version_without_click(site):
    site.write({"click.py": "raise ImportError('click was imported')"})
    code = "import runpy; runpy.run_module('quorate', run_name='__main__', alter_sys=True)"  # in a new process
    done = site.python("-c", code, "--version")
    assert (done.returncode, done.stdout) == (0, f"quorate {quorate.__version__}\n")
    assert site.python("-c", code, "list").returncode != 0  # the negative control


@pytest.mark.parametrize("name", ["list", "show", "plugins", "doctor", "cite", "completion"])
def test_help_of_every_command_shows_examples_and_shared_options(name, capsys):
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"quorate {name}" in text.partition("Examples:")[2] or f"quorate {name}" in text
    for option in ("--manifest", "--no-plugins", "--debug", "Examples:"):
        assert option in text


def test_group_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], "choices: list"),
        (["show", "compsite"], "choices: composite"),
        (["show", "composite", "--kind", "denoiser"], "of the kind inference"),
        (["--manifest", "absent.yaml", "list"], "absent.yaml"),
        (["list", "policies"], "policies"),
        (["list", "--jsn"], "--json"),
        (["show"], "Missing argument"),
    ],
)
def test_mistakes_end_in_one_message_and_code_2(arguments, words, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("arguments", [["--debug", "show", "compsite"], ["show", "--debug", "compsite"]])
def test_debug_shows_the_traceback_before_or_after_the_command(arguments, capsys):
    assert main(arguments) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RuntimeError("two\nlines"), 1, "RuntimeError: two lines"),
        (KeyboardInterrupt(), 130, "Stopped"),
        (OSError(28, "No space left on device", "/runs/x"), 2, "/runs/x"),
        (SystemExit(7), 7, ""),
    ],
)
def test_other_ends(error, code, words, capsys, monkeypatch):
    def fail(*_args, **_keywords):
        raise error

    monkeypatch.setattr("quorate.cli.list.listed", fail)
    assert main(["list", "--json"]) == code
    assert words in capsys.readouterr().err


def test_a_closed_pipe_is_silent(site):
    site.path.mkdir()
    command = f"{sys.executable} -m quorate list --json | head -c 1"
    source = str(Path(quorate.__file__).parents[1])
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "PYTHONPATH": source}, capture_output=True, text=True, cwd=site.path
    )
    assert done.stdout == "["
    assert done.stderr == ""


@pytest.mark.parametrize("words", ["list", "--version", "config run.yaml", "list --json"])
def test_a_closed_standard_output_is_silent(site, words):
    site.path.mkdir()
    (site.path / "run.yaml").write_text(
        "environment: sensor-network/2x2-v1\nalgorithm: state-inference\nbudget: {train_steps: 1}\n"
    )
    source = os.pathsep.join(str(Path(quorate.__file__).parents[1].with_name(name)) for name in ("core", "plugins"))
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m quorate {words} >&-"],
        env={**os.environ, "PYTHONPATH": source},
        stderr=subprocess.PIPE,
        text=True,
        cwd=site.path,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_memory_that_ran_out_is_no_defect(monkeypatch, capsys):
    def exhaust(self, kind=None):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000000000 bytes.")

    monkeypatch.setattr("quorate.registry.Registry.rows", exhaust)
    assert main(["list"]) == 2
    assert "Out of memory" in (text := capsys.readouterr().err)
    assert "batch" in text


def test_plugin_commands_have_their_own_heading_and_run(acme):
    site = acme(hooks=HOOKS)
    text = site.quorate("--help").stdout
    assert re.search(r"greet +Say hello\.", text.partition("Commands of plugins:")[2])
    assert site.quorate("greet").stdout == "hello from acme\n"
    assert "mlp" in site.quorate("list").stdout
    assert site.quorate("greet", "--no-plugins").returncode == 2
    assert "greet" not in site.quorate("--no-plugins", "--help").stdout


def test_a_plugin_whose_command_hook_raises_does_not_hide_the_help(acme):
    done = acme(hooks=HOOKS.replace("return [", "1 / 0; return [")).quorate("--help")
    assert done.returncode == 0
    assert "doctor" in done.stdout
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell, capsys):
    assert main(["completion", shell]) == 0
    assert "_QUORATE_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("quorate show sensor-network/2", ["sensor-network/2x2-v1", "sensor-network/2x2-noisy-v1"]),
        ("quorate show --kind noise ", ["fixed", "log-uniform", "log-normal"]),
        ("quorate list no", ["noise"]),
        ("quorate do", ["doctor"]),
    ],
)
def test_completion_of_names_and_kinds(site, words, expected):
    site.path.mkdir()
    count = str(len(words.split(" ")) - 1)
    done = site.quorate(_QUORATE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert [line.partition(",")[2] for line in done.stdout.split()] == expected


def test_the_group_works_without_an_app():
    assert cli.main(["--version"], standalone_mode=False) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it takes a device that is always full")
@pytest.mark.parametrize(("name", "words"), [("stdout", "standard output"), ("stderr", "standard error")])
def test_a_stream_that_is_full_is_named(monkeypatch, capsys, name, words):
    from quorate.cli import main as module

    with suppress(OSError), open("/dev/full", "w") as full:  # noqa: PTH123 - its close fails too
        monkeypatch.setattr(sys, name, full)
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        assert module._refused(error) == words
    monkeypatch.undo()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO])
def test_an_error_of_a_file_is_not_blamed_on_standard_output(monkeypatch, capsys, number):
    """A third party's code writes a file and names none."""

    def fails(*arguments, **keywords):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cli, "main", fails)
    assert main(["list"]) == 2
    printed = capsys.readouterr().err
    assert f"The system refused: {os.strerror(number)}." in printed
    assert f"{__file__}:" in printed
    assert "standard output" not in printed
    assert "defect" not in printed


@pytest.mark.parametrize("seconds", ["0", "-5", "nan", "inf", "1e400", "soon"])
@pytest.mark.parametrize("command", [["doctor"], ["check", "memory-game-v1"]], ids="{0[0]}".format)
def test_a_time_to_wait_is_a_number_of_seconds(command, seconds, capsys):
    assert main([*command, "--timeout", seconds]) == 2
    assert "--timeout" in capsys.readouterr().err


def test_ctrl_c_while_the_command_is_imported(site):
    site.write({"click.py": "raise KeyboardInterrupt"})
    code = "import runpy; runpy.run_module('quorate', run_name='__main__', alter_sys=True)"
    done = site.python("-c", code, "list")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")
