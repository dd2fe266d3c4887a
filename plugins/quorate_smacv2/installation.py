"""What must be there for a battle, looked at one after the other, each with what to do about it."""

import os
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from quorate.errors import QuorateError
from quorate.imports import importable

PAGE = "docs/how-to/smacv2.md"
_HOMES = {
    "linux": "~/StarCraftII",
    "darwin": "/Applications/StarCraft II",
    "win32": "C:/Program Files (x86)/StarCraft II",
}
_MAPS = ("32x32_flat",)
"""Files of the maps of generated battles; it is one for all races."""


def package() -> str:
    """SMACv2 and pysc2, by their versions.

    Raises:
        QuorateError: one of them is not installed.
    """
    for name in ("smacv2", "pysc2"):
        if not importable(name):
            fix = "install smacv2 from a clone of https://github.com/oxwhirl/smacv2: pip install ./smacv2 pysc2==4.0.0"
            raise QuorateError(f"{name} is not installed", fix=fix)
    return f"{release('smacv2')}, {release('pysc2')}"


def release(name: str) -> str:
    """A package and its version, which one that is imported from a clone does not have."""
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} (no version)"


def installed() -> bool:
    """Whether SMACv2 can be imported, which is not done."""
    return importable("smacv2")


def protocol() -> str:
    """The messages of the game, by the version of protobuf.

    Raises:
        QuorateError: that version can not read them.
    """
    try:
        from s2clientprotocol import sc2api_pb2  # noqa: F401
    except TypeError as error:
        fix = "pip install protobuf==3.20.3; or see the other way in " + PAGE
        raise QuorateError(f"protobuf {version('protobuf')} can not read s2clientprotocol", fix=fix) from error
    except ImportError as error:
        raise QuorateError(f"s2clientprotocol: {error}", fix="pip install pysc2==4.0.0 protobuf==3.20.3") from error
    return f"protobuf {version('protobuf')}"


def wrapper() -> Any:
    """SMACv2's class of environments whose battles are drawn.

    Raises:
        QuorateError: it can not be imported.
    """
    package()
    protocol()
    from smacv2.env import StarCraftCapabilityEnvWrapper

    return StarCraftCapabilityEnvWrapper


def failures() -> tuple[type[Exception], tuple[type[Exception], ...]]:
    """What is raised where units never appear, and what where the game is gone or does not understand any more."""
    from pysc2.lib.protocol import ConnectionError, ProtocolError
    from pysc2.lib.remote_controller import ConnectError
    from smacv2.env.starcraft2.starcraft2 import CannotResetException

    return CannotResetException, (ProtocolError, ConnectionError, ConnectError)


def home() -> Path:
    """The folder of the game: SC2PATH, or where pysc2 looks for it otherwise."""
    return Path(os.environ.get("SC2PATH") or _HOMES.get(sys.platform, "~/StarCraftII")).expanduser()


def game() -> str:
    """The game's versions, as builds.

    Raises:
        QuorateError: there is no game.
    """
    said = "SC2PATH" if os.environ.get("SC2PATH") else "where it is looked for without SC2PATH"
    if not (home() / "Versions").is_dir():
        fix = f"unpack StarCraft II 4.10 (Blizzard's s2client-proto has the links), and set SC2PATH to it: {PAGE}"
        raise QuorateError(f"there is no StarCraft II in {home()}, {said}", fix=fix)
    builds = sorted(file.name for file in (home() / "Versions").iterdir() if re.fullmatch(r"Base\d+", file.name))
    if not builds:
        raise QuorateError(f"there is no version of the game in {home() / 'Versions'}", fix="unpack it again")
    return f"{', '.join(map(_told, builds))} in {home()}"


def _told(build: str) -> str:
    """A build with the version that it is of, where pysc2 knows that; published results are of 4.10."""
    if not importable("pysc2"):
        return build
    from pysc2.run_configs.lib import VERSIONS

    names = [one.game_version for one in VERSIONS.values() if f"Base{one.build_version}" == build]
    return f"{build} ({names[-1]})" if names else build


def maps() -> str:
    """SMACv2's maps.

    Raises:
        QuorateError: one is missing.
    """
    folder = home() / "Maps" / "SMAC_Maps"
    missing = [name for name in _MAPS if not (folder / f"{name}.SC2Map").is_file()]
    if missing:
        fix = f"copy smacv2/env/starcraft2/maps/SMAC_Maps of the clone of smacv2 to {folder}"
        raise QuorateError(f"the map {missing[0]}.SC2Map is not in {folder}", fix=fix)
    return f"{', '.join(_MAPS)} in {folder}"
