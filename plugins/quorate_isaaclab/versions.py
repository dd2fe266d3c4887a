"""Which Isaac Lab there is."""

from contextlib import suppress
from importlib import metadata

_LIBRARIES = ("isaaclab", "newton", "warp-lang")


def is_old() -> bool:
    """Version 2, which runs in Isaac Sim. What is done for it was read in its source (2.3.2), and never run."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("isaaclab").partition(".")[0] in ("0", "1", "2")
    return False


def libraries() -> str:
    """Names and versions of what is installed of it."""
    found = []
    for name in _LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return ", ".join(found)
