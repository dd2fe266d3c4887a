"""The list of slow tests names nothing that is not there."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def functions(path):
    return {
        node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


def test_what_is_called_slow_exists():
    names = (ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").split()
    assert names == sorted(set(names))
    for name in names:
        file, _, test = name.partition("::")
        assert (ROOT / file).is_file(), name
        assert not test or test in functions(ROOT / file), name
