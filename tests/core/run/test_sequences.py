"""However a run is killed, stopped and resumed: its files end as those of a run that nothing has disturbed."""

import itertools
import signal
from contextlib import suppress

import pytest

from quorate.run.checkpoint import checkpoint_path, checkpoint_steps, load_checkpoint
from quorate.run.loop import Loop

TOTAL = 13
INTERVALS = ((3, 4, 5), (5, 3, 4), (4, 5, 3), (7, 2, 11))
"""Of log, checkpoint and evaluation."""

SEQUENCES = [words for length in (1, 2, 3, 4) for words in itertools.product(("kill", "stop", "resume"), repeat=length)]

Part = tuple[str, bool]
"""How a part of a run ends, and whether it does anything before: else it was resumed and ended at once."""


class Killed(BaseException):
    """Ends a part of a run as SIGKILL does: nothing is saved, and what was written stays."""


class Player:
    """Plays parts of runs: each goes on for some events, training steps and evaluations, and then ends."""

    def __init__(self, toy, monkeypatch) -> None:
        self._toy = toy
        self._left, self._end = -1, ""
        monkeypatch.setattr("quorate.run.record.git_revision", lambda folder: None)
        for name in ("_train", "_evaluate"):
            monkeypatch.setattr(Loop, name, self._counted(getattr(Loop, name)))

    def _counted(self, function):
        def called(loop):
            self._end_if_due(loop)
            value = function(loop)
            self._left -= 1
            self._end_if_due(loop)
            return value

        return called

    def _end_if_due(self, loop):
        if self._left == 0 and self._end == "kill":
            raise Killed
        if self._left == 0 and self._end == "stop":
            loop.stop.number = signal.SIGTERM

    def part(self, path, overrides, events: int, end: str):
        """Start or resume; returns the run's folder."""
        self._left, self._end = events, end
        if path is None:
            path = self._start(overrides)
        else:
            self._guarded(lambda: self._toy.resume(path))
        return path

    def _start(self, overrides):
        before = self._runs()
        self._guarded(lambda: self._toy.start(*overrides))
        (path,) = self._runs() - before
        return path

    def _runs(self):
        parent = self._toy.folder / "runs" / "toy"
        return {*parent.iterdir()} if parent.exists() else set()

    @staticmethod
    def _guarded(run):
        with suppress(Killed):
            run()


def parts(words) -> tuple[Part, ...]:
    """What a sequence comes to: resuming a run that goes on does nothing, and at last every run is resumed."""
    found, running = [], True
    for word in words:
        if word != "resume":
            found.append((word, running))
        running = word == "resume"
    return tuple(found)


DIFFERENT = list(dict.fromkeys(parts(words) for words in SEQUENCES))


def spoil(path, word: str) -> None:
    """What else a kill may leave: halves of lines, a temporary file, and lines that no checkpoint knew are lost."""
    if word == "half lines":
        for name in ("metrics.jsonl", "timing.jsonl"):
            with (path / name).open("ab") as file:
                file.write(b'{"step": 3, "ph')
        (path / "checkpoints" / ".step-000000004.safetensors.12345.tmp").write_bytes(b"half")
    elif steps := checkpoint_steps(path / "checkpoints"):
        known = load_checkpoint(checkpoint_path(path / "checkpoints", steps[-1]))["metrics_bytes"]
        with (path / "metrics.jsonl").open("r+b") as file:
            file.truncate(known + min(3, (path / "metrics.jsonl").stat().st_size - known))


def overrides_of(log: int, checkpoint: int, evaluation: int) -> list[str]:
    more = ["evaluation.absolute=2", "evaluation.metric=net/error", "evaluation.goal=minimise"]
    return [
        f"budget.train_steps={TOTAL}",
        f"log.every={log}",
        f"checkpoint={{every: {checkpoint}, keep: 100}}",
        f"evaluation.every={evaluation}",
        *more,
    ]


def files(path) -> dict[str, bytes]:
    """Metrics, and checkpoints but those of a step whose evaluation they know, as only those of a stop do."""
    found = {"metrics.jsonl": (path / "metrics.jsonl").read_bytes()}
    for step in checkpoint_steps(path / "checkpoints"):
        file = checkpoint_path(path / "checkpoints", step)
        if not load_checkpoint(file)["evaluated"]:
            found[file.name] = file.read_bytes()
    return found


@pytest.mark.parametrize("intervals", INTERVALS)
def test_every_sequence(toy, monkeypatch, intervals):
    overrides = overrides_of(*intervals)
    undisturbed = files(toy.start(*overrides, directory="undisturbed").directory)
    player = Player(toy, monkeypatch)
    last = f"step-{TOTAL:09d}.safetensors"
    for at, sequence in enumerate(DIFFERENT[INTERVALS.index(intervals) :: len(INTERVALS)]):
        path = None
        for number, (end, running) in enumerate(sequence):
            path = player.part(path, overrides, 1 + (at + 2 * number) % 5 if running else 0, end)
            if end == "kill":
                spoil(path, ("half lines", "lost tails")[at % 2])
        path = player.part(path, overrides, -1, "")
        found = files(path)
        assert found["metrics.jsonl"] == undisturbed["metrics.jsonl"], sequence
        assert found[last] == undisturbed[last], sequence
        assert all(undisturbed.get(name, data) == data for name, data in found.items()), sequence
        assert not list(path.rglob("*.tmp"))


def test_the_sequences_are_all_there():
    assert len(SEQUENCES) == 3 + 9 + 27 + 81
    assert len(DIFFERENT) == len({*DIFFERENT})
    assert parts(("kill", "resume", "stop", "resume")) == (("kill", True), ("stop", True))
    assert (("kill", True), ("stop", False)) in DIFFERENT  # resumed, and stopped before it had done anything
