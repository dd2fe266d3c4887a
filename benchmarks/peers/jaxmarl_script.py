"""Runs a training script of JaxMARL's repository for a benchmark, in an interpreter that has flax, distrax and six.

The first answer is the seconds of processor time that compiling took. Then each line on standard input asks for some
updates; the answer is their seconds of processor time. What the script would log goes nowhere: wandb, hydra and
omegaconf are stand-ins.
"""

import importlib.util
import os
import sys
import time
from pathlib import Path
from unittest.mock import MagicMock

ANSWERS = os.dup(1)
"""Where answers go; what the script prints goes elsewhere."""


def answer(seconds: float) -> None:
    os.write(ANSWERS, f"{seconds}\n".encode())


def sizes() -> dict[str, int]:
    """From the command line: SCRIPT ENVIRONMENTS ROLLOUT EPOCHS MINIBATCHES UPDATES."""
    environments, rollout, epochs, minibatches, updates = map(int, sys.argv[2:])
    return {
        "NUM_ENVS": environments,
        "NUM_STEPS": rollout,
        "TOTAL_TIMESTEPS": updates * environments * rollout,
        "UPDATE_EPOCHS": epochs,
        "NUM_MINIBATCHES": minibatches,
    }


def serve(config: dict[str, object]) -> None:
    """Compile the script's training with its configuration, and let it work whenever it is asked to."""
    os.dup2(2, 1)
    script = Path(sys.argv[1])
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    sys.modules |= {name: MagicMock() for name in ("wandb", "hydra", "omegaconf")}
    import jax

    found = importlib.util.spec_from_file_location(script.stem, script)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    key, start = jax.random.PRNGKey(0), time.process_time()
    train = jax.jit(module.make_train(config)).lower(key).compile()
    answer(time.process_time() - start)
    while sys.stdin.readline():
        start = time.process_time()
        jax.block_until_ready(train(key))
        answer(time.process_time() - start)
