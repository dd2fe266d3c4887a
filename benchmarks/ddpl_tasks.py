"""An update of DDPL and a choice of actions at the sizes of its own tasks, against what the processor multiplies.

Both are real: the task's environment, a replay memory filled by random actions, the settings of the comparison at a
laptop's budget (examples/suites/simulators) and those of the paper's Table 3. The limit is the time that the same
floating-point operations, counted as they run, would take in one large matrix product, measured in turn.

Usage: python benchmarks/ddpl_tasks.py [--tasks ant-4x2 ...] [--quick]
"""

import argparse
import json
from pathlib import Path
from typing import Any

import harness
import torch
import yaml
from torch.utils.flop_counter import FlopCounterMode

from quorate.learning.off_policy import OffPolicy

SUITES = Path(__file__).parents[1] / "examples" / "suites" / "simulators"
TASKS = ("smax-3s_vs_5z", "smax-6h_vs_8z", "ant-2x4", "ant-4x2", "ant-8x1", "humanoid-standup-17x1", "hand-over")
SETTINGS = ("laptop", "table 3")
FILLED, LARGE = 40, 1024
"""Steps of random actions before the first update; rows and columns of the product that is the limit."""


def build(task: str, settings: str) -> OffPolicy:
    """DDPL in the environment of a task, ready to learn."""
    file = yaml.safe_load((SUITES / f"{task}.yaml").read_text())
    environment, laptop = file["environments"][0], file["base"]["algorithm"]
    chosen = laptop if settings == "laptop" else {"name": "ddpl/table-3"}
    told = {**chosen, "warmup_steps": 10**9, "critic_warmup": 0, "replay": 100_000}
    algorithm = harness.algorithm(json.dumps(environment), json.dumps(told))
    assert isinstance(algorithm, OffPolicy)
    for _ in range(FILLED):
        algorithm.train_step()
    return algorithm


def operations(work: harness.Work) -> int:
    """Floating-point operations of the products in a piece of work."""
    counter: Any = FlopCounterMode(display=False)
    with counter:
        work()
    return int(counter.get_total_flops())


def measure(task: str, settings: str, repeats: int) -> None:
    """Print what an update and a choice take."""
    algorithm = build(task, settings)
    randomness, now = torch.Generator().manual_seed(0), algorithm.collector.now
    works = {"update": algorithm.learn, "choice": lambda: algorithm.behave(now, randomness)}
    left, right = torch.randn(LARGE, LARGE), torch.randn(LARGE, LARGE)
    for name, work in works.items():
        amount = operations(work) / (2 * LARGE**3)
        inner = max(1, min(20, round(0.05 / harness.seconds(work, 1))))
        taken, product = harness.Times(), harness.Times()
        for _ in range(repeats):
            taken.seconds.append(harness.seconds(work, inner))
            product.seconds.append(harness.seconds(lambda: left @ right, 3))
        shares = [amount / times for times in taken.over(product)]
        print(f"{task:24}{settings:10}{name:8}{1e3 * taken.least:9.2f}  {harness.spread(shares)}", flush=True)
    algorithm.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS, help="(all)")
    parser.add_argument("--repeats", type=int, default=5, help="measurements of each piece (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{harness.processor()}; torch {torch.__version__}; one thread")
    print(f"{'task':24}{'settings':10}{'what':8}{'least ms':>9}  share of the time that the products alone would take")
    for task in given.tasks:
        for settings in SETTINGS:
            measure(task, settings, 3 if given.quick else given.repeats)


if __name__ == "__main__":
    main()
