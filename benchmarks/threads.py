"""What each example costs with the default of ``threads``, and with torch's own choice: one thread a core.

Every example is run for a part of its budget, in a process of its own, with both settings in turn. The default holds
where no setting that is as fast takes less than 1 / 1.3 of its processor time.
Usage: python benchmarks/threads.py [FILE ...] [--part 0.02] [--repeats 3]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from quorate.config import compose
from quorate.registry import load_registry

EXAMPLES = Path(__file__).parents[1] / "examples"
ELSEWHERE = ("suites", "third_party", "estimate_fed/mappo.yaml")
"""Comparisons, another package's, and one that needs the run of another."""

SETTINGS = {"default": (), "torch's": ("threads=null",)}
LEAST, MOST = 10, 400
"""Training steps."""

WORST = 1.3
"""Times the processor time of the best setting that is as fast."""


def examples() -> list[Path]:
    return [
        path for path in sorted(EXAMPLES.rglob("*.yaml")) if not str(path.relative_to(EXAMPLES)).startswith(ELSEWHERE)
    ]


def cost(file: Path, steps: int, overrides: tuple[str, ...]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        words = [str(file), f"budget.train_steps={steps}", f"directory={folder}", "--quiet", *overrides]
        variables = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "quorate", "run", *words], check=True, stdout=subprocess.DEVNULL, env=variables
        )
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(file: Path, part: float, repeats: int) -> bool:
    """Print one row; returns whether the default holds."""
    run = compose(file, (), load_registry()).settings
    steps = min(run.budget.train_steps, max(LEAST, min(MOST, int(part * run.budget.train_steps))))
    rounds = [{name: cost(file, steps, words) for name, words in SETTINGS.items()} for _ in range(repeats)]
    least = {name: min(each[name] for each in rounds) for name in SETTINGS}
    wall, processor = least["default"]
    as_fast = [spent for taken, spent in least.values() if taken <= wall]
    ratio = processor / min(as_fast)
    figures = "".join(f"{taken:9.2f}{spent:9.2f}" for taken, spent in least.values())
    print(f"{file.relative_to(EXAMPLES)!s:44}{steps:6}{figures}{ratio:8.2f}", flush=True)
    return ratio <= WORST


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="examples (all)")
    parser.add_argument("--part", type=float, default=0.02, help="of the budget (0.02)")
    parser.add_argument("--repeats", type=int, default=3, help="of each run; the fastest counts (3)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores; seconds on the clock and of the processor\n")
    print(f"{'':44}{'steps':>6}" + "".join(f"{name:>9}{'':9}" for name in SETTINGS) + f"{'ratio':>8}  <= {WORST}")
    files = [path.resolve() for path in options.files] or examples()
    held = [measure(file, options.part, options.repeats) for file in files]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
