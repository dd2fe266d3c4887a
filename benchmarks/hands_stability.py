"""Random actions of two Shadow hands, a million steps by default: whether anything that is seen stops being a number.

Usage: python benchmarks/hands_stability.py [--steps N] [--batch B] [--threads T] [--touch]

Exits with 1 where a number is not finite, or MuJoCo warned, as it does where it has to set a world back.
"""

import argparse
import sys

import mujoco
import torch

from quorate_shadow_hands.environment import ShadowHands
from quorate_shadow_hands.settings import ShadowHandsSettings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1_000_000, help="environment steps (%(default)s)")
    parser.add_argument("--batch", type=int, default=128, help="hands' pairs (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="(%(default)s)")
    parser.add_argument("--touch", action="store_true", help="the two hands touch each other")
    options = parser.parse_args()
    torch.set_num_threads(1)
    settings = ShadowHandsSettings(hands_touch=options.touch, threads=options.threads)
    environment = ShadowHands(settings, options.batch)
    generator, worst, bad, episodes, total = torch.Generator().manual_seed(0), 0.0, 0, 0, 0.0
    warnings: list[str] = []
    mujoco.set_mju_user_warning(warnings.append)
    environment.reset(0)
    rounds = -(-options.steps // options.batch)
    for _ in range(rounds):
        actions = 2 * torch.rand(options.batch, 2, 20, generator=generator) - 1
        step = environment.step(actions)
        seen = step.state if step.final_state is None else torch.cat([step.state, step.final_state])
        bad += int((~torch.isfinite(seen)).sum()) + int((~torch.isfinite(step.reward)).sum())
        worst, total = max(worst, float(seen.abs().max())), total + float(step.reward.sum())
        episodes += int((step.terminated | step.truncated).sum())
    steps = rounds * options.batch
    print(
        f"{steps} steps, {episodes} episodes: {bad} numbers not finite, {len(warnings)} warnings of MuJoCo", flush=True
    )
    print(
        f"largest number seen {worst:.4g}; return {total / max(1, episodes):.3g}, length {steps / max(1, episodes):.4g}"
    )
    environment.close()
    return 1 if bad or warnings else 0


if __name__ == "__main__":
    sys.exit(main())
