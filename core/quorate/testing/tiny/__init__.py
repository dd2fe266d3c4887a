"""A tiny world whose posterior, best play and random play are known: what components are checked in."""

from pathlib import Path


def tiny_manifest() -> Path:
    """The manifest that registers `tiny/world-v1` and `tiny/world-continuous-v1`, for `load_registry`.

    It is in a folder without modules, for that folder comes on the path of imports when one of its rows is used.
    """
    return Path(__file__).parent / "manifest" / "registry.yaml"
