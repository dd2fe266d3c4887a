"""Processor seconds until the composite of `examples/state_inference/5x5.yaml` reaches 34 dB, of two revisions.

Each revision trains its own example in a process of its own, in turn, on one thread. Collecting histories counts,
evaluating does not. The revision before is a checkout, such as `git worktree add PATH REVISION` makes one.
Usage: python benchmarks/time_to_psnr.py --before PATH [--seeds 3] [--set algorithm.learning_rate=0.008]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
WANTED, EVERY, SHARE = 34.0, 100, 0.5
"""dB, updates between measurements, and how much of the time before is allowed."""


def reach(tree: Path, seed: int, overrides: list[str]) -> dict[str, float]:
    """Train here until the composite is good enough, with what is imported now."""
    import torch

    from quorate.config import compose
    from quorate.interfaces import RunContext
    from quorate.interfaces.algorithm import Report
    from quorate.registry import load_registry

    class Silence(Report):
        def __call__(self, what: str, done: int, total: int) -> None: ...

    torch.set_num_threads(1)
    words = ["algorithm.inference=[{name: composite, checks: false}]", *overrides]
    run = compose(tree / "examples/state_inference/5x5.yaml", words, load_registry()).settings
    steps = run.budget.train_steps
    algorithm = run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), steps, Silence()))
    start = time.process_time()
    algorithm.training  # noqa: B018  it is collected when it is first asked for
    spent, step, psnr = time.process_time() - start, 0, 0.0
    while psnr < WANTED and step < steps:
        start = time.process_time()
        for _ in range(EVERY):
            algorithm.train_step()
        spent, step = spent + time.process_time() - start, step + EVERY
        psnr = algorithm.measure()["test/composite/psnr"]
    return {"seconds": spent, "updates": step, "psnr": psnr}


def measure(tree: Path, seed: int, overrides: list[str]) -> dict[str, float]:
    """`reach` in a process that imports what the tree holds."""
    paths = os.pathsep.join(str(tree / part) for part in ("core", "plugins"))
    words = [sys.executable, __file__, "--reach", str(tree), str(seed), *overrides]
    answer = subprocess.run(words, check=True, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths})
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main() -> int:
    if sys.argv[1:2] == ["--reach"]:
        print(json.dumps(reach(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the revision before")
    parser.add_argument("--seeds", type=int, default=3, help="how many (3)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the present revision only")
    options = parser.parse_args()
    ratios = []
    for seed in range(options.seeds):
        before = measure(options.before.resolve(), seed, [])
        now = measure(HERE, seed, options.set)
        ratios.append(now["seconds"] / before["seconds"])
        figures = "; ".join(
            f"{name} {found['seconds']:.1f} s, {found['updates']:.0f} updates, {found['psnr']:.1f} dB"
            for name, found in (("before", before), ("now", now))
        )
        print(f"seed {seed}: {figures}; ratio {ratios[-1]:.2f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f}, target {SHARE}")
    return 0 if statistics.median(ratios) <= SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
