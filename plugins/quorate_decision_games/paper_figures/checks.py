"""Claims and the numbers that decide them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from quorate.terminal import Table


@dataclass(frozen=True)
class Check:
    """One number, and what is claimed of it.

    Attributes:
        name: what the number is.
        value: the number.
        claim: what it should be, in words; empty where nothing is claimed.
        passed: whether it is; None where nothing is claimed.
    """

    name: str
    value: float
    claim: str = ""
    passed: bool | None = None


def at_least(name: str, value: float, limit: float) -> Check:
    """The claim value >= limit."""
    return Check(name, value, f">= {limit:g}", value >= limit)


def at_most(name: str, value: float, limit: float) -> Check:
    """The claim value <= limit."""
    return Check(name, value, f"<= {limit:.4g}", value <= limit)


def above(name: str, value: float, limit: float) -> Check:
    """The claim value > limit."""
    return Check(name, value, f"> {limit:g}", value > limit)


def near(name: str, value: float, target: float, tolerance: float) -> Check:
    """The claim |value - target| <= tolerance."""
    return Check(name, value, f"{target:.4g} +- {tolerance:.2g}", abs(value - target) <= tolerance)


def all_passed(checks: Sequence[Check]) -> bool:
    """Whether no claim failed."""
    return all(check.passed is not False for check in checks)


def as_data(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """Plain data."""
    return [asdict(check) for check in checks]


def print_checks(title: str, checks: Sequence[Check], console: Console) -> None:
    """A table with a verdict on each claim."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column, side in (("quantity", "left"), ("value", "right"), ("claim", "left"), ("verdict", "left")):
        table.add_column(column, justify=side, no_wrap=column != "quantity")
    for check in checks:
        verdict = {True: Text("PASS", "green"), False: Text("FAIL", "bold red"), None: ""}[check.passed]
        table.add_row(check.name, f"{check.value:.4f}", check.claim, verdict)
    console.print(table)
