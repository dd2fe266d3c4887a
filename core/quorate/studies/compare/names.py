"""Names of a comparison's files: short, readable, and each of one thing only, whatever else there is.

Earlier versions named environments by `former_slug` alone, under which different ones could have one name; folders that
they wrote are still found.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from quorate.documents import read_document
from quorate.errors import QuorateError, RunError

_MOST = 80
"""Characters of an environment's name."""

_MOST_JOINED = 200
"""Characters of a cell's name as one word; with what writing adds, file systems allow 255 bytes."""

_NAME = re.compile(r"([a-z0-9_-]+)/(?!v\d+-)(?:[a-z0-9_]+-(?!v\d+-))*v\d+", re.ASCII)
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def environment_slugs(entries: Sequence[Any], folder: Path) -> list[str]:
    """The names of a comparison's environments in its folder.

    Args:
        entries: each is a name, or a mapping with a name and settings.
        folder: of the comparison; what was run there keeps the name that it has.
    """
    slugs = [environment_slug(entry) for entry in entries]
    found = [_found(folder, as_entry(entry), slug) for entry, slug in zip(entries, slugs, strict=True)]
    taken = {name for name, slug in zip(found, slugs, strict=True) if name != slug}
    return [
        _hashed(as_entry(entry)) if name == slug and name in taken else name
        for entry, name, slug in zip(entries, found, slugs, strict=True)
    ]


def environment_slug(given: Any) -> str:
    """``mpe-simple-spread-v3``, and its settings where it has some: ``mpe-simple-spread-v3-agents-4``.

    The slash of a name with a dash before it is a plus. What could still be read as another entry, or is long, gets a
    hash. The order in which settings are written is of no account: to change it must not make other cells.
    """
    return _plain_slug(as_entry(given)) or _hashed(as_entry(given))


def former_slug(given: Any) -> str:
    """An entry as a file name in which everything but letters, digits, dots and underscores is a dash."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", _words(as_entry(given))).strip("-.")[:150] or "environment"


def as_entry(given: Any) -> dict[str, Any]:
    """An entry as a mapping: a name alone is an environment without settings of its own."""
    return given if isinstance(given, dict) else {"name": given} if isinstance(given, str) else {}


def is_same(one: Any, other: Any) -> bool:
    """Whether two entries are the same data."""
    return _text(as_entry(one)) == _text(as_entry(other))


def joined(cell: str) -> str:
    """The name of a cell as that of one file."""
    word = cell.replace("/", "--")
    return word if len(word) <= _MOST_JOINED else _marked(word, cell)


def _hashed(entry: Mapping[str, Any]) -> str:
    return _marked(re.sub(r"[^A-Za-z0-9._-]+", "-", _words(entry)), entry)


def _found(folder: Path, entry: Mapping[str, Any], slug: str) -> str:
    """The name under which an entry was run, else its slug."""
    if slug != (former := former_slug(entry)) and _was_run(folder, former, entry):
        return former
    return hashed if any(folder.glob(f"runs/*/{(hashed := _hashed(entry))}")) else slug


def _words(entry: Mapping[str, Any]) -> str:
    words = [entry.get("name", "environment")]
    words += [word for key, value in sorted(entry.items()) if key != "name" for word in (key, value)]
    return "-".join(map(str, words))


def _plain_slug(entry: Mapping[str, Any]) -> str | None:
    """The slug that can be read back as this entry only, where there is one.

    The plus, or else the first dash, is the slash of the name, which ends with its version; then keys and values take
    turns.
    """
    name = _NAME.fullmatch(str(entry.get("name", "")))
    settings = [(key, value) for key, value in entry.items() if key != "name"]
    if name is None or not all(_WORD.fullmatch(key) and _is_word(value) for key, value in settings):
        return None
    slug = former_slug(entry)
    if "-" in (key := name[1]):
        slug = f"{key}+{slug[len(key) + 1 :]}"
    return slug if len(slug) <= _MOST else None


def _is_word(value: Any) -> bool:
    if isinstance(value, bool) or value in ("true", "false"):
        return isinstance(value, bool)
    return (_WORD if isinstance(value, str) else _NUMBER).fullmatch(str(value)) is not None


def _marked(text: str, data: Any) -> str:
    digest = hashlib.sha256(_text(data).encode()).hexdigest()[:8]
    return f"{text[: _MOST - 10].strip('-.') or 'environment'}--{digest}"


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True, default=str)


def _was_run(folder: Path, slug: str, entry: Mapping[str, Any]) -> bool:
    """Whether runs under a former name are of an entry, and not of another that had the same name."""
    for file in folder.glob(f"runs/*/{slug}/seed-*/[!.]*/config.yaml"):
        with suppress(QuorateError):
            config = read_document(file, RunError)[0]
            if isinstance(config, dict) and _is_within(entry, as_entry(config.get("environment"))):
                return True
    return False


def _is_within(part: Any, whole: Any) -> bool:
    """Whether what an entry gives is what was run; what is not given was filled in."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return all(key in whole and _is_within(value, whole[key]) for key, value in part.items())
    return part == whole or (isinstance(part, str) and "${" in part)
