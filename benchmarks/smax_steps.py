"""Environment steps per second of SMAX's adapter, as a fraction of jaxmarl's own `jit(vmap(env.step))`; and of MAPPO.

The work is some steps of random actions, for a batch. With `--jaxmarl`, MAPPO with memory is trained on
3s_vs_5z by us and by JaxMARL's own script, at the same sizes: 64 environments, rollouts of 128, 4 passes in 4
minibatches, networks 128-GRU 128-128. That needs an interpreter that has it (it may be this one), and a checkout of its
repository, since its package lacks the script:

    python -m venv PEER && PEER/bin/pip install jaxmarl flax distrax six

Usage: python benchmarks/smax_steps.py [--jaxmarl CHECKOUT] [--peer PEER/bin/python] [--batches B ...] [--strict]
"""

import argparse
import os
import statistics
import sys
from pathlib import Path
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import harness
import jax
import numpy as np
import torch

from quorate_smax.environment import SMAX
from quorate_smax.lean import smax_module
from quorate_smax.settings import ActionKind, SMAXSettings

SCENARIOS = ("3s_vs_5z", "6h_vs_8z")
STEPS = 50
ENVIRONMENTS, ROLLOUT, EPOCHS, MINIBATCHES = 64, 128, 4, 4
GOAL = 0.7
"""Environment steps per second of MAPPO over those of JaxMARL's script."""
SCRIPT = Path("baselines", "MAPPO", "mappo_rnn_smax.py")
NETWORK = "{name: gru, hidden: [128], memory: 128, head: [128], layer_norm: false}"


def target(batch: int) -> float:
    """The least fraction of the raw simulator's speed."""
    return 0.9 if batch >= 128 else 0.8


def ours(scenario: str, actions: torch.Tensor) -> harness.Work:
    """Steps of the adapter."""
    settings = SMAXSettings(scenario=scenario, actions=ActionKind.CONTINUOUS, spawn_margin=0.0)
    environment = SMAX(settings, actions.shape[1])
    environment.reset(0)

    def work() -> None:
        for chosen in actions:
            environment.step(chosen)

    return work


def raw(scenario: str, actions: np.ndarray[Any, Any]) -> harness.Work:
    """Steps of jaxmarl's own function, whose results are waited for; both go on from where they are."""
    smax = smax_module()
    game = smax.HeuristicEnemySMAX(scenario=smax.map_name_to_scenario(scenario), action_type="continuous", max_steps=99)
    batch = actions.shape[1]

    @jax.jit  # type: ignore[untyped-decorator]
    def step(keys: Any, state: Any, chosen: Any) -> Any:
        both = jax.vmap(jax.random.split)(keys)
        named = {agent: chosen[:, index] for index, agent in enumerate(game.agents)}
        return both[:, 0], *jax.vmap(game.step)(both[:, 1], state, named)

    begun = jax.jit(jax.vmap(game.reset))(jax.random.split(jax.random.PRNGKey(0), batch))[1]
    state = jax.tree.map(lambda leaf: jax.numpy.asarray(np.asarray(leaf)), begun)  # of types that are settled
    at = [np.asarray(jax.random.split(jax.random.PRNGKey(1), batch)), state]

    def work() -> None:
        for chosen in actions:
            at[0], observation, at[1], reward, done, _ = step(*at, chosen)
            for array in (*observation.values(), *reward.values(), *done.values()):
                array.block_until_ready()

    return work


def measure(scenario: str, batch: int, repeats: int) -> bool:
    """Print a line; whether the target was missed."""
    agents = {"3s_vs_5z": 3, "6h_vs_8z": 6}[scenario]
    actions = torch.rand(STEPS, batch, agents, 4, generator=torch.Generator().manual_seed(0))
    times = harness.interleave({"ours": ours(scenario, actions), "raw": raw(scenario, actions.numpy())}, repeats)
    mine, bare = times["ours"], times["raw"]
    pairs = bare.over(mine)
    fraction, least = statistics.median(pairs), target(batch)
    print(
        f"{scenario:>10}{batch:6}{batch * STEPS / mine.least:9.0f}{batch * STEPS / bare.least:9.0f}"
        f"   {harness.spread(pairs)} (target {least:g})",
        flush=True,
    )
    return fraction < least


def learning(options: argparse.Namespace) -> bool:
    """Train beside JaxMARL's script, and print both; whether the goal was missed."""
    own = harness.algorithm(
        "smax/3s_vs_5z-v1",
        "mappo",
        f"algorithm.environments={ENVIRONMENTS}",
        f"algorithm.rollout={ROLLOUT}",
        f"algorithm.epochs={EPOCHS}",
        f"algorithm.minibatches={MINIBATCHES}",
        f"algorithm.actor={NETWORK}",
        f"algorithm.critic={NETWORK}",
    )
    times, steps = {"mappo": harness.Times(), "jaxmarl": harness.Times()}, ENVIRONMENTS * ROLLOUT
    sizes = ENVIRONMENTS, ROLLOUT, EPOCHS, MINIBATCHES, options.updates
    peer = harness.Peer(options.peer, "jaxmarl_smax.py", options.jaxmarl / SCRIPT, *sizes) if options.jaxmarl else None
    for repeat in range(options.repeats + 1):
        times["mappo"].seconds.append(harness.seconds(own.train_step, options.updates) / steps)
        if peer is not None:
            times["jaxmarl"].seconds.append(float(peer.ask()) / options.updates / steps)
        if repeat == 0:  # warming up
            times = {name: harness.Times() for name in times}
    print("\nMAPPO with memory on 3s_vs_5z, environment steps per second of the processor")
    for name, taken in times.items():
        if taken.seconds:
            print(f"{name:>10}{1 / taken.least:9.0f}{1 / taken.median:9.0f} in the median")
    if peer is None:
        print("no --jaxmarl: nothing to compare with")
        return False
    peer.close()
    ratios = times["jaxmarl"].over(times["mappo"])
    print(f"mappo over jaxmarl: {harness.spread(ratios)} (target {GOAL})")
    return statistics.median(ratios) < GOAL


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jaxmarl", type=Path, help=f"a checkout of JaxMARL's repository, which has {SCRIPT}")
    parser.add_argument("--peer", type=Path, default=sys.executable, help="an interpreter that has jaxmarl (this one)")
    parser.add_argument("--scenarios", nargs="*", choices=SCENARIOS, default=list(SCENARIOS), help="(all)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16, 128], help="environments (%(default)s)")
    parser.add_argument("--updates", type=int, default=1, help="training steps of a measurement (%(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="measurements of each, interleaved (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    if options.jaxmarl and not (options.jaxmarl / SCRIPT).exists():
        parser.error(f"--jaxmarl: {options.jaxmarl.resolve()} has no {SCRIPT}; give a checkout of JaxMARL's repository")
    torch.set_num_threads(1)
    options.repeats = min(options.repeats, 3) if options.quick else options.repeats
    print(f"{harness.processor()}; torch {torch.__version__}, jax {jax.__version__}; one thread")
    print(f"{'scenario':>10}{'B':>6}{'steps/s':>9}{'raw':>9}   of it, pairs (processor time, continuous actions)")
    missed = [measure(scenario, batch, options.repeats) for scenario in options.scenarios for batch in options.batches]
    missed.append(learning(options))
    return int(options.strict and any(missed))


if __name__ == "__main__":
    sys.exit(main())
