"""Configuration: from one YAML file and a few overrides to settings that are complete and checked."""

from quorate.config.compose import compose, compose_component
from quorate.config.resolved import ResolvedRun
from quorate.config.schema import RunSettings
from quorate.config.source import read_value

__all__ = ["ResolvedRun", "RunSettings", "compose", "compose_component", "read_value"]
