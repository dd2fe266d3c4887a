"""States per second of composite inference by 25 agents, and that speed as a fraction of its matrix products alone.

Usage: python benchmarks/composite_inference.py [--quick] [--strict]
"""

import sys

import harness
import torch

from quorate_state_inference.denoisers.mlp import MLPDenoiser

TARGETS = {256: 0.75, 1024: 0.75}
"""The least fraction of the bare products' speed, by width."""
STATES, STEPS = 1000, 100


def composite(width: int) -> tuple[harness.Work, harness.Work]:
    """Composite inference of a batch of states, checks off, and its matrix products alone."""
    algorithm = harness.build(
        f"algorithm.denoiser.width={width}",
        f"algorithm.evaluation_samples={STATES}",
        f"algorithm.inference=[{{name: composite, steps: {STEPS}, checks: false}}]",
    )
    histories = algorithm.histories(algorithm.splits["test"])
    scheme, denoiser = algorithm.schemes["composite"], algorithm.denoiser
    assert isinstance(denoiser, MLPDenoiser)
    generator = torch.Generator().manual_seed(0)
    agents, state = histories.shape[1], denoiser.state_size
    encode = harness.products([(STATES * agents, denoiser.encoding.size, width)])
    steps = harness.products([(STATES, state, width), (STATES, width, width), (STATES, width, state)], STEPS)
    return lambda: scheme.infer(denoiser, histories, generator), lambda: (encode(), steps())


def main() -> int:
    options = harness.arguments(__doc__.splitlines()[0], 21, [64, 256, 1024])
    works = {width: composite(width) for width in options.widths}
    missed = 0
    print(
        f"{'threads':>7}{'width':>7}{'states/s':>10}{'ms min':>9}{'median':>9}{'products':>10}{'fraction':>10}  pairs"
    )
    for threads in harness.each_thread_count(options.threads):
        for width, (inference, products) in works.items():
            times = harness.interleave({"inference": inference, "products": products}, options.repeats)
            whole, bare = times["inference"], times["products"]
            fraction = bare.least / whole.least
            missed += fraction < TARGETS.get(width, 0)
            print(
                f"{threads:7}{width:7}{STATES / whole.least:10.0f}{1e3 * whole.least:9.1f}{1e3 * whole.median:9.1f}"
                f"{1e3 * bare.least:10.1f}{fraction:10.2f}  {harness.spread(bare.over(whole))}"
                f"{f'  (target {TARGETS[width]})' if width in TARGETS else ''}",
                flush=True,
            )
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
