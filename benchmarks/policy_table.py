"""Time of an update and of a choice of actions, as in the paper's Table 2: DDPL, DDPL-Gaussian, DACER, QVPO.

Sizes of Bi-ShadowHand: two agents of 20 actions each, observations of 157 numbers, a state of 290; networks 3 x 256,
mish, H = 20, batch 256. The paper's numbers are of a graphics processor: compare the ratios, not the times.

Usage: python benchmarks/policy_table.py [--quick]
"""

import sys

import harness
import off_policy

SIZES = off_policy.Sizes(agents=2, observation=157, action=20, state=290)
NETWORK = "{hidden: [256, 256, 256], activation: mish, layer_norm: false}"
DDPM = f"{{name: ddpm, steps: 20, network: {NETWORK}}}"
ONE = [
    "algorithm.improved_at=next-state",
    "algorithm.policy_states=null",
    "algorithm.samples=1",
    "algorithm.weights=clipped",
    "algorithm.critic_warmup=0",
]
ALGORITHMS = {
    "DDPL": ("{name: ddpl}", [f"algorithm.policy={DDPM}", *ONE]),
    "DDPL-Gaussian": ("{name: ddpl}", [f"algorithm.policy={{name: gaussian, network: {NETWORK}}}", *ONE]),
    "DACER": ("{name: dacer}", [f"algorithm.policy={DDPM}", "algorithm.policy_delay=1"]),
    "QVPO": ("{name: qvpo}", [f"algorithm.policy={DDPM}", "algorithm.policy_delay=1", "algorithm.policy_states=null"]),
}
PAPER = {"DDPL": (3.684, 0.820), "DACER": (6.045, 0.814), "QVPO": (19.720, 0.777), "DDPL-Gaussian": (2.599, 0.374)}
"""Training and inference, ms; the columns of Table 2 are swapped, as its text shows."""


def main() -> int:
    options = harness.arguments(__doc__.splitlines()[0], 5, [])
    built = {
        name: off_policy.build(SIZES, head, f"algorithm.critic={NETWORK}", *overrides)
        for name, (head, overrides) in ALGORITHMS.items()
    }
    updates = {name: off_policy.update(algorithm, SIZES) for name, algorithm in built.items()}
    acts = {name: off_policy.act(algorithm, SIZES) for name, algorithm in built.items()}
    for threads in harness.each_thread_count(options.threads):
        train, choose = (harness.interleave(part, options.repeats) for part in (updates, acts))
        print(f"threads {threads}: {'train ms':>22}{'/ DDPL':>9}{'paper':>8}{'act ms':>10}{'/ DDPL':>9}{'paper':>8}")
        for name in ALGORITHMS:
            ratios = [times[name].least / times["DDPL"].least for times in (train, choose)]
            published = [PAPER[name][column] / PAPER["DDPL"][column] for column in (0, 1)]
            print(
                f"{name:>18}{1e3 * train[name].least:15.1f}{ratios[0]:9.2f}{published[0]:8.2f}"
                f"{1e3 * choose[name].least:10.2f}{ratios[1]:9.2f}{published[1]:8.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
