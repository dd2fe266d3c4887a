"""The generated parts of docs/architecture.md: the drawing of the floors, and the table of where everything lives."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from quorate import public

PLACE = Path(__file__).parent
ROOT = PLACE.parent
CORE = ROOT / "core" / "quorate"
WIDTH = 86


def architecture() -> str:
    """The page, with its parts as they should be."""
    text = (PLACE / "architecture.md").read_text(encoding="utf-8")
    floors = yaml.safe_load((PLACE / "layers.yaml").read_text(encoding="utf-8"))
    for name, lines in {"drawing": drawing(floors), "rooms": rooms(floors), "plugins": plugins()}.items():
        begin, end = f"<!-- {name}: written by docs/generate.py -->", f"<!-- end of {name} -->"
        pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
        part = "\n".join([begin, "", *lines, "", end])
        text = re.sub(pattern, part.replace("\\", r"\\"), text, flags=re.DOTALL)
    return text


def drawing(floors: list[dict]) -> Iterator[str]:
    """Floors from the top, with the rooms that plugins may use marked."""
    open_to_all = {name.split(".")[1] for name in (*public.MODULES, *public.ROOMS) if "." in name} | {"quorate"}
    yield "```text"
    yield f"┌{' plugins/quorate_*, packages of third parties ':─^{WIDTH}}┐"
    yield f"│{' use of the rooms marked * what public.py lists, and no other plugin':{WIDTH}}│"
    for floor in floors:
        yield f"├{'▼':─^{WIDTH}}┤"
        yield f"│{' ' + floor['floor'].upper() + ': ' + floor['summary']:{WIDTH}}│"
        words = [f"{room}{'*' * (room in open_to_all)}" for room in floor["rooms"]]
        for line in _wrapped(words, WIDTH - 6):
            yield f"│{'    ' + line:{WIDTH}}│"
    yield f"└{'':─^{WIDTH}}┘"
    yield "```"


def rooms(floors: list[dict]) -> Iterator[str]:
    """Every room, and every package in it, in the words of its docstring."""
    yield from ("| in `core/quorate/` | what is there |", "|---|---|")
    for floor in floors:
        yield f"| **{floor['floor']}** | {floor['summary']} |"
        for room in floor["rooms"]:
            for path in _modules(room):
                name = path.parent if path.name == "__init__.py" else path
                slash = "/" if path.name == "__init__.py" and name != CORE else ""
                shown = "__init__.py" if name == CORE else f"{name.relative_to(CORE).as_posix()}{slash}"
                yield f"| `{shown}` | {_summary(path)} |"


def plugins() -> Iterator[str]:
    """Every built-in plugin."""
    yield from ("| in `plugins/` | what is there |", "|---|---|")
    for path in sorted((ROOT / "plugins").glob("quorate_*/__init__.py")):
        yield f"| `{path.parent.name}/` | {_summary(path)} |"


def _modules(room: str) -> list[Path]:
    """The module of a room; or its package, and the packages in it."""
    if room == CORE.name:
        return [CORE / "__init__.py"]
    module = CORE / f"{room}.py"
    return [module] if module.is_file() else sorted((CORE / room).rglob("__init__.py"))


def _summary(path: Path) -> str:
    """The first paragraph of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def _wrapped(words: list[str], width: int) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 2 + len(word) > width:
            yield line
            line = ""
        line = f"{line}  {word}" if line else word
    yield line
