"""Where assets come from: a folder, or NVIDIA's servers, which can be asked for only where they can be reached."""

import json
import os
import sys
import urllib.request
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from quorate.errors import RunError
from quorate_isaaclab.settings import Assets, IsaacLabSettings
from quorate_isaaclab.versions import is_old

VARIABLE = "ISAACSIM_ASSET_ROOT"
MARK = "quorate-assets.json"
"""In a folder of substitutes: what they are, by the names of the assets that they stand for."""
_MAKE = (
    "Make a folder of substitutes with `quorate isaaclab assets DIR`, and set asset_root: DIR and assets: substitute"
)
_SECONDS = 10.0


@dataclass(frozen=True)
class AssetRoot:
    """What assets are taken from.

    Attributes:
        place: a folder, or an address; empty: what Isaac Lab asks for by itself.
        described: for the record.
    """

    place: str
    described: str


def find_root(settings: IsaacLabSettings) -> AssetRoot:
    """The assets that settings ask for; nothing of Isaac Lab is imported.

    Raises:
        RunError: they are not there, or are others than `settings.assets` says.
    """
    place = str(settings.asset_root) if settings.asset_root else os.environ.get(VARIABLE, "")
    if not place or "://" in place:
        if settings.assets is Assets.SUBSTITUTE:
            raise RunError("There is no folder of substitutes.", where="environment.asset_root", fix=f"{_MAKE}.")
        if not is_old():  # which asks Isaac Sim
            _check_reachable(place)
        return AssetRoot(place, "NVIDIA's assets")
    folder = Path(place)
    if not (folder / "Isaac").is_dir():
        fix = f"Give the folder that has the folder Isaac in it. {_MAKE}."
        raise RunError(f"There are no assets of Isaac Sim in {folder}.", where="environment.asset_root", fix=fix)
    substitutes = read_mark(folder)
    if (settings.assets is Assets.SUBSTITUTE) != (substitutes is not None):
        found = Assets.NVIDIA if substitutes is None else Assets.SUBSTITUTE
        problem = f"The assets in {folder} are {found}, and the settings say {settings.assets}."
        fix = f"Set assets: {found}, or another asset_root: with other assets it is another environment."
        raise RunError(problem, where="environment.assets", fix=fix)
    if substitutes is None:
        return AssetRoot(place, "NVIDIA's assets")
    return AssetRoot(
        place, "substitute assets: " + "; ".join(f"{name} is {what}" for name, what in substitutes.items())
    )


def use_root(root: AssetRoot) -> None:
    """Let Isaac Lab look there; it reads the variable once, when it is imported.

    Raises:
        RunError: it has been imported with another one.
    """
    module = sys.modules.get("isaaclab.utils.assets")
    if root.place and module is not None and getattr(module, "NUCLEUS_ASSET_ROOT_DIR", root.place) != root.place:
        problem = f"Isaac Lab was imported with the assets in {module.NUCLEUS_ASSET_ROOT_DIR}."
        raise RunError(problem, where="environment.asset_root", fix="Use one asset_root in a process.")
    if root.place:
        os.environ[VARIABLE] = root.place


def read_mark(folder: Path) -> dict[str, str] | None:
    """What the substitutes in a folder are; None where there are none."""
    try:
        found = json.loads((folder / MARK).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RunError(f"{MARK} can not be read: {error}.", where=str(folder), fix=f"{_MAKE}.") from None
    return {str(name): str(what) for name, what in found["substitutes"].items()}


def _check_reachable(place: str) -> None:
    """Isaac Lab would wait for ever for servers that can not be reached, without a word."""
    address = place or "https://omniverse-content-production.s3-us-west-2.amazonaws.com"
    try:
        urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=_SECONDS)
    except urllib.error.HTTPError:
        pass  # it answers
    except OSError as error:
        problem = f"The assets are on {address}, which can not be reached: {error}."
        raise RunError(problem, where="environment.asset_root", fix=f"{_MAKE}.") from None
    if find_spec("omni") is None and find_spec("omniverseclient") is None:
        fix = f"Install it beside Isaac Lab: pip install omniverseclient. Or: {_MAKE}."
        raise RunError("NVIDIA's assets need the package omniverseclient.", where="environment.asset_root", fix=fix)
