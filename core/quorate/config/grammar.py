"""How YAML scalars are read and written: the YAML 1.2 core schema, so that 1e-3 is a number and `no` is a word.

PyYAML follows YAML 1.1, where ``1e-3`` is a string, ``no`` a boolean, ``1:30`` ninety and ``2024-01-01`` a date.
Reader and writer share one table, so that whatever is written is read back as the same value.
"""

import re
from typing import Any

import yaml

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
            key = "" if character == "\0" else character
            table.setdefault(key, []).append((f"tag:yaml.org,2002:{name}", re.compile(pattern)))
    return table


class Loader(yaml.SafeLoader):
    """Builds plain data only."""

    yaml_implicit_resolvers = _resolvers()


class Dumper(yaml.SafeDumper):
    """Writes what `Loader` reads, without aliases, short lists on one line."""

    yaml_implicit_resolvers = _resolvers()

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out each time."""
        return True


def _integer(loader: Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text.startswith(("0x", "0o")) else int(text)


def _list(dumper: Dumper, data: list[Any]) -> yaml.Node:
    flat = not any(isinstance(item, (dict, list)) for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


def _float(dumper: Dumper, data: float) -> yaml.Node:
    special = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}
    return dumper.represent_scalar("tag:yaml.org,2002:float", special.get(repr(data), repr(data)))


Loader.add_constructor("tag:yaml.org,2002:int", _integer)
Dumper.add_representer(list, _list)
Dumper.add_representer(float, _float)


def dump(data: Any) -> str:
    """YAML text of plain data, keys in their order."""
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
