"""Runs the checks of a kind on classes of a test, most of which break one promise on purpose."""

import importlib
from dataclasses import dataclass
from typing import Any

from quorate.config import compose_component
from quorate.registry import load_registry
from quorate.settings import Component, NoSettings
from quorate.testing.framework import Check, Finding, Status, Subject, run_checks
from quorate.testing.tiny import tiny_manifest

REGISTRY = load_registry([tiny_manifest()])


@dataclass
class Written(Component):
    """A component whose target is written in a test."""

    made: Any = None

    def load(self) -> Any:
        return self.made


def checks(kind: str) -> tuple[Check, ...]:
    own: tuple[Check, ...] = importlib.import_module(f"quorate.testing.{kind}").CHECKS
    return own


def examine(kind: str, target: Any, settings: Any = None, **tags: Any) -> list[Finding]:
    """What comes of the checks of a kind, for a class or function called with the settings first."""
    component = Written(kind, "test/subject", settings or NoSettings(), "test:subject", tags, made=target)
    return list(run_checks(checks(kind), Subject(component, REGISTRY)))


def failed(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings if finding.status is Status.FAILED}


def passed(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings if finding.status is Status.PASSED}


def examine_registered(kind: str, name: str, **settings: Any) -> list[Finding]:
    """What comes of the checks of a kind, for a component of the registry."""
    return list(run_checks(checks(kind), Subject(compose_component(kind, name, REGISTRY, settings), REGISTRY)))
