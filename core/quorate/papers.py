"""BibTeX entries: those of Quorate's own components, and what a manifest says of others."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml

from quorate import __version__
from quorate.registry.rows import Row

_FIELD = re.compile(r"""(\w+)\s*=\s*(?:\{|")(.*?)(?:\}|")\s*(?=,?\s*(?:\w+\s*=|\}\s*$))""", re.DOTALL)


@cache
def _known() -> dict[str, str]:
    text = Path(__file__).with_name("papers.yaml").read_text(encoding="utf-8")
    entries: dict[str, str] = yaml.safe_load(text)
    return {key: entry.replace("%VERSION%", __version__).strip() for key, entry in entries.items()}


def quorate_entry() -> str:
    """BibTeX of Quorate itself."""
    return _known()["quorate"]


def bibtex(paper: str | Mapping[str, str]) -> str:
    """BibTeX of a row's ``paper``: as given, as known here, or made of the arXiv identifier."""
    if not isinstance(paper, str):
        return paper["bibtex"].strip()
    if paper in _known():
        return _known()[paper]
    number = paper.removeprefix("arXiv:")
    lines = [f"@misc{{arxiv-{number},", f"  eprint = {{{number}}},", "  archivePrefix = {arXiv},"]
    return "\n".join([*lines, f"  url = {{https://arxiv.org/abs/{number}}},", "}"])


def in_words(entry: str) -> str:
    """A BibTeX entry as one line: who, what, where, when, and the number at arXiv."""
    found = {key.lower(): " ".join(value.split()) for key, value in _FIELD.findall(entry)}
    names = [" ".join(reversed(name.split(", "))) for name in found.get("author", "").split(" and ")]
    place = ", ".join(filter(None, (found.get(key) for key in ("booktitle", "journal", "note", "version", "year"))))
    number = f"arXiv:{found['eprint']}" if "eprint" in found else found.get("url", "")
    parts = [", ".join(names), found.get("title", ""), place, number]
    return ". ".join(filter(None, parts)) + "." if found else " ".join(entry.split())


def citations(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Each entry once, with the components (``kind name``) that it belongs to, in order; Quorate comes first."""
    entries: dict[str, list[str]] = {quorate_entry(): ["quorate"]}
    for row in rows:
        if row.paper is not None:
            used = entries.setdefault(bibtex(row.paper), [])
            used.extend(label for label in [f"{row.kind} {row.name}"] if label not in used)
    return entries
