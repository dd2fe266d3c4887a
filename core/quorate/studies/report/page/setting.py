"""What surrounds the numbers: differences of the configurations, conventions, versions, machines, problems."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from quorate.config.difference import flatten
from quorate.conventions import told_as_data
from quorate.documents import show
from quorate.studies.report.page.index import Index, Report
from quorate.studies.report.page.numbers import MISSING, value

_KINDS = {
    "late": "found, not accepted",
    "accepted": "found, accepted",
    "declared": "declared",
    "incidental": "found, incidental",
}
"""States of a difference, the most important first."""

_INCIDENTAL = ("bookkeeping", "machine")
"""Concerns that no score depends on; they show in the table, but not as a warning."""


def text(data: Any) -> str:
    """A value of a configuration, in one line; a dash for none."""
    if data is None:
        return MISSING
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=str)


def breakable(name: str) -> Markup:
    """A long name that may be broken after dots, slashes and underscores."""
    return Markup("<wbr>").join(part for part in re.split(r"(?<=[._/])", name) if part)


def differences(report: Report, index: Index) -> list[dict[str, Any]]:
    """In what the configurations differ; what nobody declared or accepted comes first."""
    rows = []
    for row in report["differences"]:
        kind = "declared" if row["declared"] else "accepted" if row["accepted"] else "late"
        kind = "incidental" if kind == "late" and row["concern"] in _INCIDENTAL else kind
        values = _together({name: text(row["values"].get(name)) for name in index.variants})
        rows.append({**row, "kind": kind, "says": _KINDS[kind], "values": values})
    return sorted(rows, key=lambda row: list(_KINDS).index(row["kind"]))


def conventions(report: Report, index: Index) -> list[dict[str, Any]]:
    """What the numbers of each variant mean, one row for each convention; marked where variants differ."""
    known = {name: _texts(report["conventions"].get(name) or {}) for name in index.variants}
    keys = dict.fromkeys(key for values in known.values() for key in values)
    sentences = told_as_data(keys)
    rows = []
    for key in keys:
        stated = {name: known[name].get(key, MISSING) for name in index.variants}
        differs = key not in sentences and len({*stated.values()} - {MISSING}) > 1
        rows.append({"key": key, "values": _together(stated), "differs": differs})
    return rows


def _together(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each value once, with the variants that have it."""
    return [
        {"text": value, "variants": [name for name, other in values.items() if other == value]}
        for value in dict.fromkeys(values.values())
    ]


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {show(path): text(value) for path, value in flatten(data).items() if path}


def surroundings(report: Report) -> list[dict[str, Any]]:
    """Tables of versions, machines, revisions and environments; each is a header and rows of texts."""
    setting = report["setting"]
    ends = ("low", "high") if report["metric"]["goal"] == "maximise" else ("high", "low")
    versions = _texts(setting.get("versions") or {})
    environments = setting.get("environments") or {}
    tables = [
        {"title": "Versions", "head": ["package", "version"], "rows": [list(item) for item in versions.items()]},
        _records("Machines", setting.get("machines") or []),
        _records("Revisions (git)", setting.get("git") or []),
        _records("Environments", [{"name": name, **(record or {})} for name, record in environments.items()]),
        {
            "title": "Normalisation",
            "head": ["environment", "0 is", "1 is", "source"],
            "rows": [
                [name, *(value(row[end]) for end in ends), text(row["source"])]
                for name, row in report["normalisation"].items()
            ],
        },
    ]
    return [table for table in tables if table["rows"]]


def _records(title: str, records: Iterable[Any]) -> dict[str, Any]:
    """A table of records; one that is no mapping fills a single column."""
    found = [_texts(record) if isinstance(record, Mapping) else {"": text(record)} for record in records if record]
    head = list(dict.fromkeys(key for record in found for key in record))
    return {"title": title, "head": head, "rows": [[record.get(key, MISSING) for key in head] for record in found]}


def problems(report: Report, index: Index) -> list[dict[str, Any]]:
    """What went wrong or is left out, each with the link to its run."""
    return [
        {**row, "href": index.href([row["run"]]) if row["run"] in index.runs else None} for row in report["problems"]
    ]
