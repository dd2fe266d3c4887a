"""What the two acceptance checks cost, as a multiple of the composite inference that they check.

The network is trained first, with pooled histories: how many estimates the checks iterate on depends on how good it is.
Usage: python benchmarks/acceptance_checks.py [--quick] [--strict]
"""

import sys
from collections.abc import Callable

import harness
import torch

from quorate.interfaces import Estimate, InferenceScheme

TARGETS = {256: 1.0}
"""The largest multiple, by width."""
STATES, STEPS = 1000, 100
UPDATES, QUICK_UPDATES = 3000, 300


def inference(width: int, updates: int) -> dict[str, Callable[[], Estimate]]:
    """Composite inference by a trained network, without checks and with them."""
    scheme = f"{{name: composite, steps: {STEPS}, checks: %s}}"
    algorithm = harness.build(
        f"algorithm.denoiser.width={width}",
        f"algorithm.evaluation_samples={STATES}",
        "algorithm.pool_histories=true",
        f"algorithm.inference=[{scheme % 'false'}, {scheme % 'true'}]",
        steps=updates,
    )
    for _ in range(updates):
        algorithm.train_step()
    histories = algorithm.histories(algorithm.splits["test"])

    def run(scheme: InferenceScheme) -> Estimate:
        return scheme.infer(algorithm.denoiser, histories, torch.Generator().manual_seed(0))

    without, checked = algorithm.schemes.values()
    return {"without": lambda: run(without), "checked": lambda: run(checked)}


def main() -> int:
    options = harness.arguments(__doc__.splitlines()[0], 15, [256])
    updates = QUICK_UPDATES if options.quick else UPDATES
    missed = 0
    print(f"{'threads':>7}{'width':>7}{'ms without':>12}{'ms with':>9}{'accepted':>10}{'multiple':>10}  pairs")
    for width in options.widths:
        works = inference(width, updates)
        shares = works["checked"]().accepted
        assert shares is not None
        accepted = shares.float().mean()
        for threads in harness.each_thread_count(options.threads):
            times = harness.interleave(works, options.repeats)
            without, checked = times["without"], times["checked"]
            multiple = checked.least / without.least - 1
            missed += multiple > TARGETS.get(width, float("inf"))
            pairs = [ratio - 1 for ratio in checked.over(without)]
            print(
                f"{threads:7}{width:7}{1e3 * without.least:12.1f}{1e3 * checked.least:9.1f}{accepted:10.0%}"
                f"{multiple:10.2f}  {harness.spread(pairs)}"
                f"{f'  (target {TARGETS[width]})' if width in TARGETS else ''}",
                flush=True,
            )
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
