"""Where things are in the page: identifiers of runs, and the link from a number to the runs behind it."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from quorate.studies.report.page.variant_style import VariantStyle

Report = Mapping[str, Any]
"""The content of ``report.json``."""


class Index:
    """Looks and anchors of a report.

    Anchors are made of positions, not of names, so that no name can break the page.
    """

    def __init__(self, report: Report) -> None:
        self.variants: list[str] = list(report["variants"])
        self.environments: list[str] = list(report["environments"])
        self.styles = {name: VariantStyle(index) for index, name in enumerate(self.variants)}
        self.runs: dict[str, Mapping[str, Any]] = {run["id"]: run for run in report["runs"]}
        self._places = {name: index for index, name in enumerate(self.runs)}

    def anchor(self, *, run: str | None = None, variant: str = "", environment: str = "") -> str:
        """The identifier of a run, of a variant's runs, or of those in one environment."""
        if run is not None:
            return f"run-{self._places[run]}"
        start = f"runs-{self.styles[variant].index}"
        return f"{start}-{self.environments.index(environment)}" if environment else start

    def href(self, ids: Iterable[str]) -> str:
        """The link to exactly the given runs where they have a place of their own, else to what holds them all."""
        runs = [self.runs[name] for name in ids if name in self.runs]
        variants, cells = {run["variant"] for run in runs}, {(run["variant"], run["environment"]) for run in runs}
        if len(runs) == 1:
            return "#" + self.anchor(run=runs[0]["id"])
        if len(cells) == 1:
            return "#" + self.anchor(variant=runs[0]["variant"], environment=runs[0]["environment"])
        return "#" + (self.anchor(variant=variants.pop()) if len(variants) == 1 else "runs")

    def source(self, ids: Iterable[str]) -> str:
        """Which runs a number is from, in words."""
        return f"from {seeds(self.runs[name] for name in ids if name in self.runs)}"

    def of(self, variant: str, environment: str | None = None) -> list[Mapping[str, Any]]:
        """The runs of a variant, or of one cell."""
        return [
            run for run in self.runs.values() if run["variant"] == variant and environment in (None, run["environment"])
        ]


def folder(path: str | None) -> str | None:
    """The relative link to a run's folder; whatever the path holds, it stays a path below or beside the page."""
    return None if path is None else quote(path if path.startswith("../") else f"./{path}") + "/" * (path[-1:] != "/")


def seeds(runs: Iterable[Mapping[str, Any]]) -> str:
    """``5 runs: seeds 0, 1, 2, 3, 4``."""
    found = list(runs)
    named = list(dict.fromkeys(str(run["seed"]) for run in found))
    more = len({run["environment"] for run in found})
    where = f" in {more} environments" if more > 1 else ""
    return f"{len(found)} run{'s' * (len(found) != 1)}: seed{'s' * (len(named) != 1)} {', '.join(named)}{where}"
