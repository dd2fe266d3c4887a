"""Every environment that comes with Quorate does what the checks ask for."""

import pytest

from quorate.registry import load_registry
from quorate.testing import assert_conforms, check_component

REGISTRY = load_registry([], plugins=False)
SPREAD = {"id": "mpe2.simple_spread_v3", "settings": {"max_cycles": 7}}


ELSEWHERE = "pettingzoo", "smax", "smacv2", "isaaclab", "mamujoco", "shadow-hands", "tabular/file-v1"
"""Checked elsewhere, or where their simulators are installed."""


@pytest.mark.parametrize(
    "name", [row.name for row in REGISTRY.rows("environment") if not row.name.startswith(ELSEWHERE)]
)
def test_it_conforms(name: str) -> None:
    assert_conforms(REGISTRY, "environment", name)


def test_pettingzoo_conforms_where_it_is_declared_as_it_is() -> None:
    assert_conforms(REGISTRY, "environment", "pettingzoo", SPREAD, observability="collective")


def test_pettingzoo_is_flagged_where_nothing_is_declared() -> None:
    findings = check_component(REGISTRY, "environment", "pettingzoo", SPREAD)
    (failure,) = [finding for finding in findings if finding.status == "failed"]
    assert failure.check == "observability"
    assert "declare it collective" in failure.found
