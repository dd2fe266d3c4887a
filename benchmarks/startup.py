"""How long the command line takes to start, as a multiple of ``python -c "import yaml, pluggy"``.

Runs are interleaved, so that a busy moment of the machine hits every command alike. Usage: python benchmarks/startup.py
"""

import statistics
import subprocess
import sys
import time

BASE = ("-c", "import yaml, pluggy")
COMMANDS = {
    "import yaml, pluggy": (BASE, None),
    "quorate --version": (("-m", "quorate", "--version"), 1.5),
    "quorate list": (("-m", "quorate", "list"), 4.0),
    "quorate --help": (("-m", "quorate", "--help"), None),
    "quorate show composite": (("-m", "quorate", "show", "composite"), None),
}
"""The arguments of Python, and the ratio that must hold."""


def seconds(arguments: tuple[str, ...]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main(repeats: int = 21) -> int:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeats):
        for name, (arguments, _) in COMMANDS.items():
            times[name].append(seconds(arguments))
    base = times["import yaml, pluggy"]
    print(f"{'':24}{'min ms':>8}{'median':>8}{'ratio of min':>14}{'of median':>11}{'target':>8}")
    missed = 0
    for name, (_, target) in COMMANDS.items():
        low, middle = min(times[name]), statistics.median(times[name])
        ratio, middle_ratio = low / min(base), middle / statistics.median(base)
        missed += target is not None and ratio > target
        print(
            f"{name:24}{1e3 * low:8.0f}{1e3 * middle:8.0f}{ratio:14.2f}{middle_ratio:11.2f}"
            f"{f'<= {target}' if target else '':>8}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
