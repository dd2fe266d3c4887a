"""Conformance checks that a component's author runs: from pytest, or with ``quorate check``."""
