"""A tiny world whose posterior, best play and random play are known: what components are checked in."""

from pathlib import Path


def tiny_manifest() -> Path:
    """The manifest that registers `tiny/world-v1` and `tiny/world-continuous-v1`, for `load_registry`."""
    return Path(__file__).parents[1] / "registry.yaml"
