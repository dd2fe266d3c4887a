"""Runs the blocks of a page in order, in one folder, and holds what they print against what the page says.

    ```bash                     is run by `bash -e`, with COLUMNS=88
    ```yaml title="first.yaml"  (of any language) is written to that file
    ```yaml                     without a title must be YAML
    ```python                   without a title is run where asked for, all of a page in one process
    ```text                     after a block that is run is its standard output, or its standard error where it failed

A comment on the line before a block says what is special about it:

    <!-- test: exit 2 -->       the bash block ends with this exit code
    <!-- test: numbers vary --> numbers in the output, and the widths that follow from them, are not compared
    <!-- test: also WORDS -->   words that are added to its last command, such as a smaller budget where numbers vary
    <!-- test: skip, REASON --> the block is not looked at
    <!-- test: install -->      the block installs the folder as a distribution; done here without an installer,
                                by writing the metadata that one would write from pyproject.toml;
                                `install NAME` is for the folder of that name

In an output a line `...` stands for any lines, and the time in a run's identity is not compared.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import warm
import yaml

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"^(?:<!-- test: (?P<note>[^\n]*?) -->\n)?```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n"
    r"(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PYTHON = """
import contextlib, io, json, sys
scope = {"__name__": "__main__"}
for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(json.loads(line), "page", "exec"), scope)
    print(json.dumps(said.getvalue()), flush=True)
"""
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    body: str
    title: str | None
    note: str
    line: int


def read_blocks(text: str) -> Iterator[Block]:
    for match in FENCE.finditer(text):
        part = match.groupdict()
        line = text.count("\n", 0, match.start("language")) + 1
        yield Block(part["language"], part["body"], part["title"], part["note"] or "", line)


def normalise(text: str, folder: Path, *, numbers: bool) -> list[str]:
    """Lines to compare."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    text = re.sub(r"\d{8}T\d{6}Z", "TIME", text)
    if numbers:
        text = re.sub(r"[━─┏┳┓┡╇┩└┴┘├┼┤]+", "─", re.sub(NUMBER, "0", text))
        text = re.sub(r"[ \t]+", " ", text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def matches(found: list[str], said: list[str]) -> bool:
    """Whether lines are what a page says; `...` stands for any lines."""
    if not said:
        return not found
    if said[0].strip() == "...":
        return any(matches(found[start:], said[1:]) for start in range(len(found) + 1))
    return bool(found) and found[0] == said[0] and matches(found[1:], said[1:])


class Follower:
    """A reader who types everything that a page says."""

    def __init__(self, folder: Path, commands: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("QUORATE_")}
        path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), kept.get("PATH", "")])
        self.python = commands / "python"
        self.environment = {**kept, "PATH": path, "COLUMNS": "88", "OMP_NUM_THREADS": "1", "WARM": ""}
        self.environment["QUORATE_SETTINGS"] = os.devnull
        self.environment["JAX_COMPILATION_CACHE_DIR"] = str(folder / ".jax")  # nothing is left in the user's folder
        self.environment["XLA_FLAGS"] = warm.QUICKLY_COMPILED
        self.output: str | None = None
        self._python: subprocess.Popen[str] | None = None

    def follow(self, text: str, *, python: bool = False) -> int:
        """Do everything; returns how many bash blocks were run, and of Python ones where they are to be."""
        count = 0
        for block in read_blocks(text):
            if block.note.startswith("skip"):
                assert block.note.removeprefix("skip").strip(", "), f"line {block.line}: say why it is skipped"
            elif block.note.startswith("install"):
                self._install(self.folder / block.note.removeprefix("install").strip())
            elif block.title:
                file = self.folder / block.title
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.body, encoding="utf-8")
            elif block.language == "bash":
                self.output, count = self._run(block), count + 1
            elif block.language == "python" and python:
                self.output, count = self._exec(block), count + 1
            elif block.language == "text":
                self._compare(block)
            elif block.language == "yaml":
                yaml.safe_load(block.body)
        return count

    def _run(self, block: Block) -> str:
        _, also, more = block.note.partition("also ")
        body = f"{block.body.rstrip()} {more}" if also else block.body
        done = subprocess.run(
            ["bash", "-e", "-c", body],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=1200,
        )  # fmt: skip
        expected = int(block.note.removeprefix("exit ")) if block.note.startswith("exit ") else 0
        assert done.returncode == expected, f"line {block.line}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stderr if expected else done.stdout

    def _exec(self, block: Block) -> str:
        if self._python is None:
            self._python = subprocess.Popen(
                [self.python, "-c", PYTHON],
                cwd=self.folder, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        child = self._python
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(block.body) + "\n")
        child.stdin.flush()
        answer = child.stdout.readline()
        assert answer, f"line {block.line}: raised"
        return str(json.loads(answer))

    def close(self) -> None:
        """End the process of the Python blocks."""
        if self._python is not None:
            self._python.communicate()

    def _install(self, place: Path) -> None:
        project = tomllib.loads((place / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        info = self.folder / ".site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(head, encoding="utf-8")
        groups = project["entry-points"].items()
        lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in entries.items()) for group, entries in groups]
        (info / "entry_points.txt").write_text("".join(lines), encoding="utf-8")
        before = os.environ.get("PYTHONPATH")
        self.environment["PYTHONPATH"] = os.pathsep.join([str(place), str(info.parent), *filter(None, [before])])

    def _compare(self, block: Block) -> None:
        assert self.output is not None, f"line {block.line}: no command is before this output"
        numbers = block.note == "numbers vary"
        found = normalise(self.output, self.folder, numbers=numbers)
        said = normalise(block.body, self.folder, numbers=numbers)
        assert matches(found, said), f"line {block.line}: the page says\n{block.body}\nbut it prints\n{self.output}"


@pytest.fixture
def follow(tmp_path: Path, warm_commands: Path) -> Iterator[Callable[..., int]]:
    """Follow a page's text in a folder of its own."""
    follower = Follower(tmp_path, warm_commands)
    yield follower.follow
    follower.close()
