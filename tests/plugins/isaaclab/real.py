"""Isaac Lab for real, stage by stage: `make test-isaaclab`, or `python real.py FOLDER [STAGE...]`.

It makes the interpreter and the assets, and takes from half an hour to hours. It is no part of `make test`. What was
done, when, and with which versions is added to `done.jsonl` in the folder; a stage that fails ends it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "isaaclab"
PENDULUM = ("isaaclab/pendulum-marl-v1", "interpreter=isaac", "asset_root=isaac-assets", "assets=substitute")
HANDOVER = ("isaaclab/shadow-handover-v1", *PENDULUM[1:], "solver=mujoco", "episode_length=0.2")
CHECKS = (
    "build",
    "spec",
    "tags",
    "run",
    "shapes",
    "dtypes",
    "values",
    "padding",
    "ends",
    "horizon",
    "autoreset",
    "final",
)


class Stages:
    """The stages, in order; each one is a method.

    Args:
        folder: where everything is put: the user's settings, the interpreter, assets, runs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "settings.yaml"
        self._environment = {"QUORATE_SETTINGS": str(settings), "OMP_NUM_THREADS": "1", **os.environ}

    def interpreter(self) -> None:
        """The virtual environment, as its manifest describes it."""
        self.quorate("interpreter", "create", "isaac", "--for", "isaaclab", "--directory", str(self.folder / "isaac"))

    def assets(self) -> None:
        """Substitutes, with the Python that the interpreter is made of."""
        self.quorate("isaaclab", "assets", "isaac-assets")

    def check_pendulum(self) -> None:
        """The whole kit with one row."""
        self.quorate("check", *PENDULUM, "--batch", "1", "--timeout", "3600")

    def check_pendulum_batched(self) -> None:
        """The whole kit with sixteen rows."""
        self.quorate("check", *PENDULUM, "--batch", "16", "--timeout", "3600")

    def check_handover(self) -> None:
        """A part of the kit: one world, by MuJoCo in C, short episodes."""
        only = [word for name in CHECKS for word in ("--only", name)]
        self.quorate("check", *HANDOVER, "--batch", "1", "--timeout", "3600", *only)

    def pendulum(self) -> None:
        """MAPPO with 128 worlds: stopped, resumed, better in the end than in the beginning, filmed."""
        run = self._stopped_and_resumed("pendulum-mappo", "name=pendulum", stop_after=20)
        returns = _metrics(run, "return/mean")
        print(f"returns: {returns}", flush=True)
        assert returns[-1] > 2 * abs(returns[0]), returns
        self.quorate("play", str(run), "--episodes", "1", "--record", "pendulum.gif", "--speed", "20")

    def handover(self) -> None:
        """DDPL for fifty training steps, ten with updates: stopped, resumed, filmed."""
        run = self._stopped_and_resumed("handover-ddpl", "name=handover", stop_after=20)
        assert _metrics(run, "updates")[-1] > 0
        self.quorate("play", str(run), "--episodes", "1", "--record", "handover.gif", "--speed", "10")

    def comparison(self) -> None:
        """An environment here and one there, in one report."""
        self.quorate("compare", str(EXAMPLES / "two-interpreters.yaml"), "directory=compared")
        self.quorate("report", "compared/two-interpreters")

    def quorate(self, *words: str) -> None:
        """A command, which must succeed."""
        print("$ quorate", *words, flush=True)
        subprocess.run([sys.executable, "-m", "quorate", *words], cwd=self.folder, env=self._environment, check=True)

    def _stopped_and_resumed(self, example: str, *words: str, stop_after: int) -> Path:
        """The folder of a run that was interrupted once some training steps are stored."""
        name = words[0].partition("=")[2]
        before = set((self.folder / "runs" / name).glob("*"))
        command = [sys.executable, "-m", "quorate", "run", str(EXAMPLES / f"{example}.yaml"), *words]
        print("$", *command[2:], flush=True)
        started = subprocess.Popen(command, cwd=self.folder, env=self._environment)
        while started.poll() is None and not self._stored(name, before, stop_after):
            time.sleep(1)
        started.send_signal(signal.SIGINT)
        print(f"stopped: exit code {started.wait()}", flush=True)
        (run,) = set((self.folder / "runs" / name).glob("*")) - before
        self.quorate("resume", str(run))
        assert json.loads((run / "result.json").read_text())
        return run

    def _stored(self, name: str, before: set[Path], steps: int) -> bool:
        files = [
            path for run in set((self.folder / "runs" / name).glob("*")) - before for path in run.rglob("*.safetensors")
        ]
        found = ["".join(filter(str.isdigit, path.stem)) for path in files]
        return any(int(digits) >= steps for digits in found if digits)


def _metrics(run: Path, name: str) -> list[float]:
    rows = [json.loads(line)["metrics"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [float(row[name]) for row in rows if name in row]


def main(folder: str, *chosen: str) -> None:
    """Run the stages that are named, or all."""
    stages = Stages(Path(folder))
    every = [name for name, what in vars(Stages).items() if callable(what) and not name.startswith("_")]
    for name in chosen or [name for name in every if name != "quorate"]:
        begun, stage = time.monotonic(), getattr(stages, name)
        print(f"== {name}: {stage.__doc__}", flush=True)
        _done(stages, name, stage, begun)


def _done(stages: Stages, name: str, stage: Callable[[], None], begun: float) -> None:
    said: dict[str, Any] = {"stage": name, "when": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        stage()
        said["passed"] = True
    except BaseException:
        said["passed"] = False
        raise
    finally:
        said["seconds"] = round(time.monotonic() - begun)
        with (stages.folder / "done.jsonl").open("a") as file:
            file.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
