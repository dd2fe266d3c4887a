"""The speed of a training step at batch 256, as a fraction of its matrix products alone, and where its time goes.

Usage: python benchmarks/training_step.py [--quick] [--strict]
"""

import sys

import harness
import torch

from quorate.learning.stacks import clip_together
from quorate_state_inference.denoisers.mlp import MLPDenoiser

TARGETS = {256: 0.5, 1024: 0.75}
"""The least fraction of the bare products' speed, by width."""
BATCH = 256


def shapes(inputs: int, state: int, width: int) -> list[tuple[int, int, int]]:
    """The products (m, k, n) of a step of a network of two hidden layers: forward, gradients of inputs, of weights."""
    forward = [(BATCH, inputs, width), (BATCH, state, width), (BATCH, width, width), (BATCH, width, state)]
    into_inputs = [(BATCH, state, width), (BATCH, width, width)]
    into_weights = [(state, BATCH, width), (width, BATCH, width), (width, BATCH, state), (width, BATCH, inputs)]
    return [*forward, *into_inputs, *into_weights]


def works(width: int, pool: bool) -> dict[str, harness.Work]:
    """The step, its products, and its parts; each part includes the products that it contains.

    The parts are those of a twin: repeated alone they would spoil what the step trains, and tiny numbers are slow.
    """
    overrides = f"algorithm.denoiser.width={width}", f"algorithm.pool_histories={str(pool).lower()}"
    algorithm, twin = harness.build(*overrides), harness.build(*overrides, "algorithm.learning_rate=1e-9")
    twin.train_step()
    denoiser, optimiser = twin.denoiser, twin._optimiser
    assert isinstance(denoiser, MLPDenoiser)
    assert optimiser is not None
    size, state = denoiser.encoding.size, denoiser.state_size
    parameters = list(denoiser.parameters())
    encoded, clean, noisy = torch.rand(BATCH, size), torch.rand(BATCH, state), torch.randn(BATCH, state)

    return {
        "step": algorithm.train_step,
        "products": harness.products(shapes(size, state, width)),
        "network": lambda: denoiser.backward(encoded, clean, noisy),
        "clipping": lambda: clip_together(parameters, 1.0),
        "optimiser": optimiser.step,
    }


def shares(times: dict[str, harness.Times]) -> str:
    """Percent of a step: products, the rest of the network, clipping, optimiser; samples and their encoding."""
    step, bare = times["step"].least, times["products"].least
    parts = {
        "products": bare,
        "elementwise": times["network"].least - bare,
        "clipping": times["clipping"].least,
        "optimiser": times["optimiser"].least,
    }
    parts["samples, the rest"] = step - sum(parts.values())
    return ", ".join(f"{name} {100 * max(0.0, part) / step:.0f}" for name, part in parts.items())


def main() -> int:
    options = harness.arguments(__doc__.splitlines()[0], 15, [64, 256, 1024])
    missed = 0
    print(f"{'threads':>7}{'width':>6} {'pooled':6}{'ms min':>8}{'median':>8}{'products':>9}{'fraction':>9}  pairs")
    for width in options.widths:
        for pool in (False, True):
            pieces = works(width, pool)
            for threads in harness.each_thread_count(options.threads):
                times = harness.interleave(pieces, options.repeats, shortest=0.005)
                step, bare = times["step"], times["products"]
                fraction = bare.least / step.least
                missed += fraction < TARGETS.get(width, 0)
                print(
                    f"{threads:7}{width:6} {pool!s:6}{1e3 * step.least:8.2f}{1e3 * step.median:8.2f}"
                    f"{1e3 * bare.least:9.2f}{fraction:9.2f}  {harness.spread(bare.over(step))}"
                    f"{f'  (target {TARGETS[width]})' if width in TARGETS else ''}"
                    f"\n{'':15}percent: {shares(times)}",
                    flush=True,
                )
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
