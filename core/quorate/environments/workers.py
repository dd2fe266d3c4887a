"""Copies of a PettingZoo environment in worker processes, over shared memory."""

import contextlib
import pickle
import socket
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from typing import Any

import numpy as np
from gymnasium.vector.utils import CloudpickleWrapper

from quorate.environments.buffers import Buffers, size
from quorate.environments.declaration import Declaration
from quorate.environments.episode import Episode
from quorate.environments.layout import Layout
from quorate.errors import QuorateError
from quorate.processes import memory
from quorate.processes.child import ChildProcess, ForeignTracebackError, ending


class WorkerCopies:
    """All rows of a batch, in contiguous slices over worker processes.

    The workers end with `close`, with this object, with this process, and with the first error of any of them.

    Args:
        make: makes one environment; cloudpickle must be able to pickle it.
        batch: B.
        workers: number of processes, at most one for each row.
        name: of the environment, for errors.
        state: as of `LocalCopies`.

    Raises:
        QuorateError: where `make` can not be pickled, an environment can not be made or used, or a worker dies.
    """

    def __init__(self, make: Callable[[], Any], batch: int, workers: int, name: str, state: str | None = None) -> None:
        self._batch = batch
        slices = np.array_split(np.arange(batch), min(workers, batch))
        self._rows = [range(int(part[0]), int(part[-1]) + 1) for part in slices]
        self._processes: list[ChildProcess] = []
        try:
            self._start(_pickled(make), name, state)
            self.layout = self._agree(self._collect())
        except BaseException:
            self.close()
            raise

    def _start(self, payload: bytes, name: str, state: str | None) -> None:
        for rows in self._rows:
            self._processes.append(ChildProcess("quorate.environments.worker_process", captured=False))
            asked = {"rows": [rows.start, rows.stop], "name": name, "state": state}
            self._processes[-1].ask(asked, payload)

    def _agree(self, layouts: list[Layout]) -> Layout:
        if any(layout != layouts[0] for layout in layouts):
            raise QuorateError("copies of the environment differ in agents or spaces between worker processes")
        return layouts[0]

    def allocate(self, declaration: Declaration) -> Buffers:
        """Make buffers in shared memory; its file is gone when this returns."""
        count = len(declaration.outcomes)
        path, mapped = memory.create(size(self.layout, self._batch, count))
        try:
            self._command("attach", [(path, self._batch, declaration)] * len(self._rows))
        finally:
            path.unlink()
        return Buffers.allocate(self.layout, self._batch, count, mapped)

    def reset(self, seeds: Sequence[int | None]) -> None:
        """Start an episode in every row."""
        self._command("reset", self._sliced(seeds))

    def step(self) -> None:
        """Take the actions of the buffers in every row."""
        self._command("step", [None] * len(self._rows))

    def state(self) -> list[Episode]:
        """The episode of every row."""
        return [episode for part in self._command("state", [None] * len(self._rows)) for episode in part]

    def restore(self, episodes: Sequence[Episode]) -> list[str | None]:
        """Play episodes again, one in each row; says of each row what came out different."""
        return [text for part in self._command("restore", self._sliced(episodes)) for text in part]

    def render(self, final: bool) -> Any:
        """See `Copy.render`, of the first row."""
        return self._command("render", [final] * len(self._rows))[0]

    def _sliced(self, values: Sequence[Any]) -> list[list[Any]]:
        return [list(values[rows.start : rows.stop]) for rows in self._rows]

    def close(self) -> None:
        """Close the environments and end the workers."""
        for process in self._processes:
            with contextlib.suppress(OSError):
                process.channel.stream.shutdown(socket.SHUT_WR)  # all of them close at the same time
        for process in self._processes:
            process.close()

    def _command(self, command: str, arguments: Sequence[Any]) -> list[Any]:
        try:
            for process, argument in zip(self._processes, arguments, strict=True):
                process.ask({"do": command}, b"" if argument is None else pickle.dumps(argument))
            return self._collect()
        except BaseException:
            # Answers may still be under way; they must not be taken for those of a later command.
            self.close()
            raise

    def _collect(self) -> list[Any]:
        answers: dict[int, Any] = {}
        while len(answers) < len(self._processes):
            sources = {
                process.channel.stream: index for index, process in enumerate(self._processes) if index not in answers
            }
            index = sources[wait(list(sources))[0]]  # type: ignore[index]
            answers[index] = self._receive(index)
        return [answers[index] for index in range(len(self._processes))]

    def _receive(self, index: int) -> Any:
        # A worker that died may have left its last words in the pipe.
        try:
            answer, payload = self._processes[index].channel.receive()
        except (EOFError, OSError) as error:
            raise self._death(index) from error
        result: Any = pickle.loads(payload) if payload else None  # noqa: S301 - of the child that this process has started
        if "error" in answer:
            raise result from ForeignTracebackError(answer["error"])
        return result

    def _death(self, index: int) -> QuorateError:
        rows = self._rows[index]
        return QuorateError(
            f"a worker process {ending(self._processes[index].code())}",
            where=f"worker {index}, rows {rows.start} to {rows.stop - 1}",
            fix="see what it wrote above; workers=0 runs the environment in this process",
        )


def _pickled(make: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps(CloudpickleWrapper(make))
    except Exception as error:
        fix = "let the factory make what it needs instead of holding it, or use workers=0"
        raise QuorateError(f"the environment's factory can not be sent to a worker: {error}", fix=fix) from error
