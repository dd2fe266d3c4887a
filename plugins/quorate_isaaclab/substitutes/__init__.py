"""Assets in place of NVIDIA's, built from packages of the package index."""

import json
import subprocess
import tempfile
from pathlib import Path

from quorate.errors import ConfigError, RunError
from quorate.interpreters.creating import create
from quorate.progress import tell
from quorate.registry import InterpreterRow
from quorate.run import check_place
from quorate_isaaclab.roots import MARK

_HERE = Path(__file__).parent
_HAND = "robopianist/models/hands/third_party/shadow_hand/right_hand.xml"
_LOCATE = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
_VERSION = "from importlib.metadata import version; print(version('robopianist'), version('mujoco-usd-converter'))"


def build_substitutes(row: InterpreterRow, folder: Path, python: str | None = None) -> Path:
    """Build the folder; the converter is installed in a place of its own, and removed again.

    Args:
        row: of the interpreter that has the converter and the hand.
        folder: that is empty, or has older substitutes.
        python: to make that interpreter with.

    Returns:
        The folder.

    Raises:
        ConfigError: the folder has other things in it.
        RunError: it can not be written, the packages can not be installed, or the files not converted.
    """
    check_place(folder, folder=True)
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file():
        fix = "Give an empty folder, or one that does not exist."
        raise ConfigError("There is something else in the folder.", where=str(folder), fix=fix)
    with tempfile.TemporaryDirectory(prefix="quorate-assets-") as place:
        own = create(row, Path(place) / "converter", python)
        hand = Path(_asked(own, _LOCATE)) / _HAND
        hands, converter = _asked(own, _VERSION).split()
        tell("converting a hand, a cart and a ground")
        folder.mkdir(parents=True, exist_ok=True)
        words = [own, "-I", str(_HERE / "build.py"), str(hand), str(_HERE / "cart_double_pendulum.xml"), str(folder)]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-12:])
        raise RunError(f"The assets can not be converted:\n{said}", where=str(folder), fix="See what it says above.")
    substitutes = {
        "the hand": f"MuJoCo Menagerie's Shadow hand (robopianist {hands})",
        "the cart with two poles": "one of Quorate",
        "the ground": "a plane",
    }
    text = json.dumps({"schema": 1, "substitutes": substitutes, "converter": f"mujoco-usd-converter {converter}"})
    (folder / MARK).write_text(text + "\n")
    return folder


def _asked(python: str, code: str) -> str:
    return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()
