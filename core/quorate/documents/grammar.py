"""How YAML is read and written: the scalars of the YAML 1.2 core schema, so that 1e-3 is a number and `no` is a word.

PyYAML follows YAML 1.1, where ``1e-3`` is a string, ``no`` a boolean, ``1:30`` ninety and ``2024-01-01`` a date.
Reader and writer share one table, so that whatever is written is read back as the same value.
"""

import re
from typing import Any, ClassVar

import yaml

DEPTH = 40
"""Levels of nesting that a document may have."""

MOST = 1_000_000
"""Keys and values that a document may have, so that memory is bounded."""

TAG = "tag:yaml.org,2002:"

_TEXT, _SEQUENCE, _MAPPING = (TAG + name for name in ("str", "seq", "map"))

_TABLE = (
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
    ("merge", r"^<<$", "<"),
)


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name, pattern, first in _TABLE:
        for character in first:
            table.setdefault(character.strip("\0"), []).append((TAG + name, re.compile(pattern)))
    return table


def _integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text.startswith(("0x", "0o")) else int(text)


class TooDeepError(yaml.MarkedYAMLError):
    """A document is nested too deeply."""


class TooLargeError(yaml.MarkedYAMLError):
    """A document has too many values."""


class _Grammar:
    """What every loader here has in common; `count` is of the nodes that are written, aliases not counted.

    PyYAML calls `descend_resolver` before it composes a node and `ascend_resolver` after; that is where nesting is
    bounded, for the C parser composes by recursion, and deep input would overflow its stack and kill the process.
    """

    yaml_implicit_resolvers = _resolvers()
    yaml_constructors: ClassVar[dict[str | None, Any]] = {**yaml.SafeLoader.yaml_constructors, TAG + "int": _integer}
    count = 0
    _depth = 0

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        if parent is not None and self._depth > DEPTH:
            raise TooDeepError(None, None, f"it is nested more than {DEPTH} levels deep", parent.start_mark)
        if self.count >= MOST:
            mark = None if parent is None else parent.start_mark
            raise TooLargeError(None, None, f"it has more than {MOST:,} values", mark)
        self.count += 1
        self._depth += 1

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """The tag of a node that is written without one: as PyYAML has it, without what this grammar does not use."""
        if kind is not yaml.ScalarNode:
            return _SEQUENCE if kind is yaml.SequenceNode else _MAPPING
        if implicit[0]:
            for tag, pattern in self.yaml_implicit_resolvers.get(value[:1], ()):
                if pattern.match(value):
                    return tag
        return _TEXT


def loader(base: type) -> Any:
    """The loader of this grammar on top of one of PyYAML's safe loaders."""
    return type("Loader", (_Grammar, base), {})


Loader = loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
"""Builds plain data only; in C where PyYAML was built with libyaml, about ten times as fast."""


class Dumper(yaml.SafeDumper):
    """Writes what `Loader` reads, without aliases, short lists on one line."""

    yaml_implicit_resolvers = _Grammar.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out each time."""
        return True


def _list(dumper: Dumper, data: list[Any]) -> yaml.Node:
    flat = not any(isinstance(item, (dict, list)) for item in data)
    return dumper.represent_sequence(TAG + "seq", data, flow_style=flat)


def _float(dumper: Dumper, data: float) -> yaml.Node:
    special = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}
    return dumper.represent_scalar(TAG + "float", special.get(repr(data), repr(data)))


Dumper.add_representer(list, _list)
Dumper.add_representer(float, _float)


def dump(data: Any) -> str:
    """YAML text of plain data, keys in their order."""
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
