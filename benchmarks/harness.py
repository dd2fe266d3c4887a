"""What benchmarks share: building from YAML, interleaved timing, peers in other interpreters, the table.

A speed is given as a fraction: the time of the bare matrix products (`torch.mm`, preallocated) over the time of what
is measured, both in one process, in turn, so that a busy moment of the machine hits both.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from typing_extensions import override

from quorate.config import compose
from quorate.interfaces import Algorithm, RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate.run.allocation import keep_freed_memory
from quorate_state_inference.algorithm import StateInference

ENVIRONMENT = "sensor-network/5x5-v1"
Work = Callable[[], object]


class Silence(Report):
    """Shows no progress."""

    @override
    def __call__(self, what: str, done: int, total: int) -> None: ...


def algorithm(
    environment: str,
    name: str,
    *overrides: str,
    steps: int = 1_000_000,
    seed: int = 0,
    interpreters: Mapping[str, str] | None = None,
) -> Algorithm:
    """An algorithm on an environment, composed from YAML as `quorate run` does; interpreters by their names."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.yaml"
        file.write_text(f"environment: {environment}\nalgorithm: {name}\nbudget: {{train_steps: {steps}}}\n")
        run = compose(file, list(overrides), load_registry(interpreters=interpreters or {})).settings
    keep_freed_memory()  # as runs do
    built: Algorithm = run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), steps, Silence()))
    return built


def build(*overrides: str, steps: int = 100_000, seed: int = 0) -> StateInference:
    """The algorithm state-inference on the 5x5 sensor network."""
    own = ["algorithm.samples=20000", *overrides]
    built = algorithm(ENVIRONMENT, "state-inference", *own, steps=steps, seed=seed)
    assert isinstance(built, StateInference)
    return built


class Peer:
    """Another framework in a process of its own: it answers each line with seconds of its processor time.

    Args:
        python: its interpreter.
        script: in `peers`.
        arguments: of the script.

    Attributes:
        first: what it said when it was ready.
    """

    def __init__(self, python: Path, script: str, *arguments: object) -> None:
        self._command = [str(part) for part in (python, Path(__file__).parent / "peers" / script, *arguments)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self.first = self._read()

    def ask(self) -> str:
        """Let it work once."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"the peer ended early; to see why: {' '.join(self._command)}")
        return line


def products(shapes: list[tuple[int, int, int]], times: int = 1) -> Work:
    """The matrix products [m, k] @ [k, n] of given shapes (m, k, n) alone, all of them in turn, some times."""
    operands = [(torch.randn(m, k), torch.randn(n, k).T, torch.empty(m, n)) for m, k, n in shapes]

    def work() -> None:
        for _ in range(times):
            for left, right, out in operands:
                torch.mm(left, right, out=out)

    return work


@dataclass
class Times:
    """Seconds of each repeat of one piece of work."""

    seconds: list[float] = field(default_factory=list)

    @property
    def least(self) -> float:
        """The shortest."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    def over(self, other: "Times") -> list[float]:
        """This time over the other's, repeat by repeat."""
        return [mine / its for mine, its in zip(self.seconds, other.seconds, strict=True)]


def interleave(works: Mapping[str, Work], repeats: int, shortest: float = 0.02) -> dict[str, Times]:
    """Time each piece of work in turn, `repeats` times; short ones are repeated within a measurement.

    All pieces get the same number of inner repetitions, so that the shortest takes at least `shortest` seconds.
    """
    first = [seconds(work, 1) for work in works.values() for _ in range(2)][1::2]
    inner = max(1, round(shortest / min(first)))
    times = {name: Times() for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            times[name].seconds.append(seconds(work, inner))
    return times


def seconds(work: Work, inner: int) -> float:
    """Time of one repetition: of the processor for one thread, which others can not take away, else of the wall."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    for _ in range(inner):
        work()
    return (clock() - start) / inner


def arguments(description: str, repeats: int, widths: list[int]) -> argparse.Namespace:
    """The options that all benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repeats", type=int, default=repeats, help="measurements of each piece (%(default)s)")
    parser.add_argument("--widths", type=int, nargs="+", default=widths, help="of the network (%(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", help="thread counts (1 and torch's own choice)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    given = parser.parse_args()
    given.repeats = min(given.repeats, 3) if given.quick else given.repeats
    given.threads = given.threads or sorted({1, torch.get_num_threads()})
    print(f"{processor()}; {torch.get_num_threads()} threads by default; torch {torch.__version__}")
    print(f"{given.repeats} repeats, interleaved; fractions: of the minima, and median [quartiles] of the pairs\n")
    return given


def each_thread_count(counts: list[int]) -> Iterator[int]:
    """Set torch's threads to each of some numbers in turn."""
    for count in counts:
        torch.set_num_threads(count)
        yield count


def processor() -> str:
    """The model's name, where the system says it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]} x {len(names)}" if names else platform.processor() or platform.machine()


def spread(ratios: list[float]) -> str:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]"
