"""Plugins that raise what is no Exception, print, or answer with objects that raise: each is named, and no more."""

import json
import signal
import subprocess
import sys
import time

import pytest

from quorate.cli.main import main

HOOK = "from quorate.hookspecs import hookimpl\nimport click\n"
RAISED = {
    "keyboard": "raise KeyboardInterrupt",
    "exit": "raise SystemExit(0)",
    "cancelled": "import asyncio; raise asyncio.CancelledError",
    "generator": "raise GeneratorExit",
    "skip": "import pytest; pytest.skip('not here', allow_module_level=True)",
    "outcome": "import pytest; pytest.fail('no')",
    "unreadable": "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E",
}
COMMANDS = {
    "mapping": "from collections.abc import Mapping\n"
    "class Bad(Mapping):\n"
    "    def __len__(self): return 1\n"
    "    def __getitem__(self, key): raise RuntimeError('cause')\n"
    "    def __iter__(self): raise KeyboardInterrupt('cause')\n"
    "ANSWER = Bad()\n",
    "name": "class Bad(str):\n    def __str__(self): raise RuntimeError('cause')\nANSWER = [click.Command(Bad('x'))]\n",
    "text": "class Bad:\n    name = property(lambda self: 1 / 0)\nANSWER = [Bad()]\n",
    "help": "class Bad(click.Command):\n    def get_short_help_str(self, limit=45): raise SystemExit('cause')\n"
    "ANSWER = [Bad('bad')]\n",
    "list": "ANSWER = (1 / 0 for _ in 'a')\nANSWER = type('L', (list,), {'__iter__': lambda self: 1 / 0})()\n",
}
SETTINGS = {
    "circular": "@dataclass\nclass S:\n    inner: 'S' = setting(REQUIRED, 'x')\n",
    "ring": "@dataclass\nclass S:\n    inner: 'T' = field(default_factory=lambda: T())\n"
    "@dataclass\nclass T:\n    inner: 'S' = field(default_factory=S)\n",
    "factory": "def broken(): raise KeyboardInterrupt('cause')\n"
    "@dataclass\nclass S:\n    x: list = field(default_factory=broken)\n",
    "undefined": "@dataclass\nclass S:\n    x: 'Undefined' = 1\n",
    "inside": "@dataclass\nclass T:\n    x: 'Undefined' = 1\n@dataclass\nclass S:\n    inner: T | None = None\n",
    "made": "@dataclass\nclass T:\n    x: int = 1\n    def __post_init__(self): raise SystemExit('cause')\n"
    "@dataclass\nclass S:\n    inner: T = field(default_factory=T)\n",
    "words": "class Bad:\n    def __str__(self): raise RuntimeError('cause')\n"
    "@dataclass\nclass S:\n    x: int = setting(1, Bad())\n",
    "itself": "loop = []\nloop.append(loop)\n@dataclass\nclass S:\n    x: list = field(default_factory=lambda: loop)\n",
}
HEAD = "from dataclasses import dataclass, field\nfrom quorate.settings import REQUIRED, setting\n"


@pytest.fixture
def many(site, monkeypatch):
    """Install plugins that have hooks of a given text, each under a key of its own, on this process's path."""

    def install(hooks):
        site.path.mkdir()
        for key, text in hooks.items():
            entry = f"[quorate.plugin]\nforeign-{key} = foreign_{key}.hooks\n"
            files = {f"foreign_{key}/__init__.py": "", f"foreign_{key}/hooks.py": text}
            site.distribution(f"{key}-quorate", entry, files)
        monkeypatch.syspath_prepend(site.path)

    return install


def plugins(capfd):
    assert main(["plugins", "--json"]) == 0
    output = capfd.readouterr().out
    assert "Traceback" not in output.replace('"traceback"', "").replace("Traceback (most recent", "")
    return {row["name"]: row for row in json.loads(output)["plugins"]}


def test_whatever_a_module_of_hooks_raises_is_a_row_with_its_cause(many, capfd):
    many(RAISED)
    assert main(["--help"]) == 0
    assert "Commands" in capfd.readouterr().out
    rows = plugins(capfd)
    causes = ["KeyboardInterrupt", "SystemExit: 0", "CancelledError", "GeneratorExit", "Skipped: not here"]
    for key, words in zip(RAISED, [*causes, "Failed: no", "E: (its text can not be read)"], strict=True):
        row = rows[f"foreign-{key}"]
        assert (row["state"], row["distribution"]) == ("broken", f"{key}-quorate")
        assert words in row["error"]


def test_what_plugins_print_is_not_on_standard_output(many, capfd):
    noise = "import os, sys, warnings\nprint('noise')\nos.write(1, b'noise')\nsys.__stdout__.write('noise')\n"
    noise += "os.system('echo noise')\nwarnings.warn('noise')\n"
    answer = "@hookimpl\ndef quorate_commands():\n    print('noise')\n    return []\n"
    health = "@hookimpl\ndef quorate_health_checks():\n    return [('loud', lambda: print('noise'))]\n"
    many({"loud": HOOK + noise + answer + health})
    assert plugins(capfd)["foreign-loud"]["state"] == "loaded"
    assert main(["--help"]) == 0
    assert "noise" not in capfd.readouterr().out


def test_commands_that_raise_when_they_are_looked_at_are_left_out_and_named(many, capfd):
    answer = "@hookimpl\ndef quorate_commands():\n    return ANSWER\n"
    good = "ANSWER = {'fine': click.Command('fine', help='A fine one.')}\n"
    many({key: HOOK + text + answer for key, text in {**COMMANDS, "good": good}.items()})
    assert main(["--help"]) == 0
    assert "A fine one." in capfd.readouterr().out
    assert main(["list", "--json"]) == 0
    json.loads(capfd.readouterr().out)
    rows = plugins(capfd)
    for key in COMMANDS:
        row = rows[f"foreign-{key}"]
        assert (row["state"], row["distribution"]) == ("broken", f"{key}-quorate")
        assert "quorate_commands" in row["error"]
        assert "cause" in row["error"] or "ZeroDivisionError" in row["error"]
    assert rows["foreign-good"]["state"] == "loaded"


def test_settings_that_can_not_be_used_are_named_with_their_distribution(site, monkeypatch, capfd):
    site.path.mkdir()
    rows = [
        f"- {{kind: noise, name: foreign/{key}, target: 'foreign_parts.{key}:Part', settings: 'foreign_parts.{key}:S', "
        "summary: S.}"
        for key in SETTINGS
    ]
    files = {f"foreign_parts/{key}.py": HEAD + text for key, text in SETTINGS.items()}
    files |= {
        "foreign_parts/__init__.py": "",
        "foreign_parts/registry.yaml": "\n".join(["schema: 1\ncomponents:", *rows]),
    }
    site.distribution("foreign-parts", "[quorate.manifest]\nforeign = foreign_parts:registry.yaml\n", files)
    monkeypatch.syspath_prepend(site.path)
    words = {"circular": "S > S", "ring": "S > T > S", "undefined": "'Undefined'", "inside": "'Undefined'"}
    disabled = {row["name"]: row["reason"] for row in plugins(capfd)["foreign"]["disabled"]}
    for key in SETTINGS:
        assert main(["show", f"foreign/{key}"]) == 2
        said = capfd.readouterr().err
        for text in (said, disabled[f"foreign/{key}"]):
            assert f"'foreign/{key}' of foreign-parts" in text
            assert words.get(key, "RecursionError" if key == "itself" else "cause") in text
            assert "Traceback" not in text


def test_control_c_while_a_plugin_is_imported_stops_the_command(many, site):
    many(
        {"slow": "import time\nprint('here', flush=True)\ntry:\n    time.sleep(60)\nexcept BaseException:\n    pass\n"}
    )
    call = "import sys; sys.path.insert(0, sys.argv.pop()); from quorate.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", call, "plugins", str(site.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline() == "here\n"
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip() == "Stopped."
    assert output == ""
    assert time.monotonic() - began < 50


def test_help_that_raises_when_asked_again_does_not_break_the_list_of_commands(many, capfd):
    text = "class Twice(click.Command):\n    asked = 0\n    def get_short_help_str(self, limit=45):\n"
    text += "        Twice.asked += 1\n        return 'once' if Twice.asked == 1 else 1 / 0\n"
    many({"twice": f"{HOOK}{text}@hookimpl\ndef quorate_commands(): return [Twice('twice-told')]\n"})
    assert main(["--help"]) == 0
    assert "twice-told" in capfd.readouterr().out


def test_commands_whose_name_is_no_word_are_left_out(many, caplog, capfd):
    names = ["", "two words", "--other", "red\x1b[31m"]
    answer = f"[*map(click.Command, {names!r}), click.Command('fine')]"
    many({"odd": f"{HOOK}@hookimpl\ndef quorate_commands(): return {answer}\n"})
    assert main(["--help"]) == 0
    listed = capfd.readouterr().out.partition("Commands of plugins:")[2]
    assert "fine" in listed
    assert not [name for name in names[1:] if name in listed]
    assert all(f"offers the command {name!r}, which" in caplog.text for name in names)


def test_a_module_that_can_not_be_compiled_is_named_with_its_line(many, capfd):
    many({"syntax": "x = 1\ndef (\n"})
    assert main(["plugins"]) == 0
    assert "foreign_syntax/hooks.py, line 2" in capfd.readouterr().out
