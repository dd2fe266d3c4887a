"""The rooms of the core, the packages and modules at its top, in layers: a room imports only rooms below it."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import quorate

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "quorate"
DOOR = "quorate"
"""The room of the package's own module, which offers the names of rooms below it."""


def floors() -> list[dict]:
    return yaml.safe_load((ROOT / "docs" / "layers.yaml").read_text(encoding="utf-8"))


def declared() -> list[str]:
    return [room for floor in floors() for room in floor["rooms"]]


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names of what a module uses, at whatever depth; not what only type checkers import."""
    nodes = list(ast.walk(tree))
    blocks = [node.body for node in nodes if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    typed = {node for block in blocks for part in block for node in ast.walk(part)}
    for node in nodes:
        if node in typed:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'quorate' if node.level else node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "quorate":
            yield f"quorate.{node.attr}"
        elif isinstance(node, ast.Call) and _called(node.func) in {"import_module", "lazily"}:
            yield from (str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant))


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def rooms_of(source: str) -> Iterator[str]:
    """The room of each import; of the package itself, a name such as ``__version__`` leads nowhere."""
    for name in imported(ast.parse(source)):
        package, _, rest = name.partition(".")
        if package == "quorate" and rest and not rest.startswith("__"):
            room = rest.partition(".")[0]
            yield room if (CORE / room).is_dir() or (CORE / f"{room}.py").is_file() else DOOR


def room_at(path: Path) -> str:
    name = path.relative_to(CORE).with_suffix("").parts[0]
    return DOOR if name == "__init__" else name


def arrows() -> Counter[tuple[str, str]]:
    """How often each room imports another."""
    found = Counter((room_at(path), room) for path in CORE.rglob("*.py") for room in rooms_of(path.read_text("utf-8")))
    found.update((DOOR, home.partition(".")[0]) for home in quorate._HOMES.values())
    return Counter({arrow: count for arrow, count in found.items() if arrow[0] != arrow[1]})


def upward(found: Counter[tuple[str, str]], order: list[str]) -> list[str]:
    """Arrows that do not point down."""
    return [f"{room} -> {to}" for room, to in found if order.index(room) >= order.index(to)]


def test_every_room_is_on_a_floor():
    assert sorted(declared()) == sorted({room_at(path) for path in CORE.rglob("*.py")})


def test_imports_only_point_down():
    found = arrows()
    for floor in floors():
        print(f"{floor['floor']}: {floor['summary']}")
        for room in floor["rooms"]:
            print(f"  {room}: {', '.join(f'{to} {n}' for (up, to), n in sorted(found.items()) if up == room)}")
    assert len(found) > 100
    assert upward(found, declared()) == []


@pytest.mark.parametrize(
    "source",
    [
        "from quorate.run import loop",
        "import quorate.run.loop",
        "from quorate import run",
        "def f():\n    from quorate.run.loop import train",
        "def f():\n    importlib.import_module('quorate.run')",
        "__getattr__, __dir__ = lazily(__name__, {'quorate.run.loop': 'train'})",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import quorate.run",
    ],
)
def test_an_arrow_that_points_up_is_seen(source):
    assert {*rooms_of(source)} == {"run"}
    assert upward(Counter(("errors", room) for room in rooms_of(source)), declared()) == ["errors -> run"]


@pytest.mark.parametrize("source", ["from quorate import train", "import quorate\nquorate.train()"])
def test_what_is_used_of_the_door_is_seen(source):
    assert [*rooms_of(source)] == [DOOR]


def test_what_is_no_arrow_is_let_pass():
    source = "if TYPE_CHECKING:\n    from quorate.run import loop\nimport quorate\nquorate.__version__\nimport torch"
    assert [*rooms_of(source)] == []
