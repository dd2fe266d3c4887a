"""One update of DDPL, and one choice of actions, against its matrix products, a loop over agents, and DACER.

Sizes: observation 18, action 3, networks 3 x 256, H = 20, batch 256, one action for a state.

Usage: python benchmarks/ddpl_update.py [--quick] [--strict]
"""

import itertools
import sys

import harness
import off_policy
from off_policy import Sizes

from quorate.learning.off_policy import OffPolicy

HIDDEN, LAYERS, STEPS, BATCH, OBSERVATION, ACTION, TIME = 256, 3, 20, 256, 18, 3, 16
SLOWEST, LEAST_GAIN = 1.4, 1.5
"""The targets: an update over its bare products; a loop over agents over acting at once, in one environment."""
Shape = tuple[int, int, int, int]


def ddpl(agents: int, activation: str) -> tuple[OffPolicy, Sizes]:
    """The algorithm for some agents."""
    network = f"{{hidden: [{', '.join([str(HIDDEN)] * LAYERS)}], activation: {activation}}}"
    sizes = Sizes(agents, OBSERVATION, ACTION, OBSERVATION)
    overrides = [
        f"algorithm.policy={{name: ddpm, steps: {STEPS}, network: {network}}}",
        f"algorithm.critic={network}",
        "algorithm.critic.layer_norm=false",
        "algorithm.critic_input=inputs",
        f"algorithm.batch_size={BATCH}",
        "algorithm.policy_states=null",
        "algorithm.improved_at=next-state",
        "algorithm.samples=1",
        "algorithm.weights=clipped",
        "algorithm.critic_warmup=0",
    ]
    return off_policy.build(sizes, "{name: ddpl}", *overrides), sizes


def layers(members: int, inputs: int, outputs: int) -> list[Shape]:
    """The products of one pass through a network."""
    sizes = [inputs, *[HIDDEN] * LAYERS, outputs]
    return [(members, BATCH, before, after) for before, after in itertools.pairwise(sizes)]


def backward(forward: list[Shape]) -> list[Shape]:
    """The products of the gradients of weights, and of all inputs but the first."""
    weights = [(b, k, m, n) for b, m, k, n in forward]
    return weights + [(b, m, n, k) for b, m, k, n in forward[1:]]


def shapes(agents: int) -> list[Shape]:
    """All products of an update; the part of the score network that sees the observation runs once in a chain."""
    step = layers(agents, ACTION, ACTION)
    chain = [(agents, BATCH, OBSERVATION, HIDDEN), *step * STEPS]
    values, scores = layers(2 * agents, OBSERVATION + ACTION, 1), layers(agents, OBSERVATION + ACTION + TIME, ACTION)
    critics = values * 2 + values + backward(values)  # the target, the weights; the update
    return chain + critics + scores + backward(scores)


def dacer(agents: int) -> dict[str, harness.Work]:
    """The centralised baseline of the same networks."""
    network = f"{{hidden: [{', '.join([str(HIDDEN)] * LAYERS)}], activation: mish}}"
    sizes = Sizes(agents, OBSERVATION, ACTION, OBSERVATION)
    policy = f"algorithm.policy={{name: ddpm, steps: {STEPS}, network: {network}}}"
    built = off_policy.build(sizes, "{name: dacer}", policy, f"algorithm.critic={network}", "algorithm.policy_delay=1")
    return {"update": off_policy.update(built, sizes), "act": off_policy.act(built, sizes)}


def works(agents: int, activation: str) -> tuple[dict[str, harness.Work], dict[str, harness.Work]]:
    """Updates and choices of actions: for all agents at once, for one after the other, and of DACER."""
    together, sizes = ddpl(agents, activation)
    alone = [ddpl(1, activation) for _ in range(agents)]
    steps = [off_policy.update(*one) for one in alone]
    choices = {rows: [off_policy.act(*one, rows) for one in alone] for rows in (1, 20)}
    central = dacer(agents)
    updates: dict[str, harness.Work] = {
        "update": off_policy.update(together, sizes),
        "products": off_policy.batched_products(shapes(agents)),
        "loop": lambda: [work() for work in steps],
        "dacer": central["update"],
    }
    acts: dict[str, harness.Work] = {
        "act": off_policy.act(together, sizes),
        "loop": lambda: [work() for work in choices[1]],
        "dacer": central["act"],
        "20": off_policy.act(together, sizes, 20),
        "20, loop": lambda: [work() for work in choices[20]],
    }
    return updates, acts


def figures(times: dict[str, harness.Times]) -> str:
    """The least time of each piece, in ms."""
    return ", ".join(f"{name} {1e3 * time.least:.2f}" for name, time in times.items())


def main() -> int:
    options = harness.arguments(__doc__.splitlines()[0], 7, [])
    missed = 0
    for agents, activation in itertools.product((2, 5, 17), ("mish", "silu")):
        pieces = works(agents, activation)
        for threads in harness.each_thread_count(options.threads):
            updates, acts = (harness.interleave(part, options.repeats) for part in pieces)
            over = updates["update"].least / updates["products"].least
            gain = acts["loop"].least / acts["act"].least
            missed += over > SLOWEST or (threads == 1 and gain < LEAST_GAIN)
            print(f"n {agents}, {activation}, threads {threads}; least ms: {figures(updates)}; {figures(acts)}")
            print(
                f"    update / products {over:.2f} (target {SLOWEST}),"
                f" pairs {harness.spread(updates['update'].over(updates['products']))};"
                f" loop / update {updates['loop'].least / updates['update'].least:.2f};"
                f" dacer / update {updates['dacer'].least / updates['update'].least:.2f};"
                f" loop / act {gain:.2f} (target {LEAST_GAIN})",
                flush=True,
            )
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
