"""IPPO of JaxMARL's own script on MPE_simple_spread_v3; run by an interpreter that has jaxmarl, flax and distrax.

The first answer is the seconds of processor time that compiling took. Then each line on standard input asks for some
updates; the answer is their seconds of processor time. What the script would log goes nowhere: wandb, hydra and
omegaconf are stand-ins.
Usage: python benchmarks/peers/jaxmarl_ippo.py SCRIPT ENVIRONMENTS ROLLOUT EPOCHS MINIBATCHES UPDATES
"""

import importlib.util
import os
import sys
import time
from unittest.mock import MagicMock

ANSWERS = os.dup(1)
"""Where answers go; what the script prints goes elsewhere."""


def answer(seconds: float) -> None:
    os.write(ANSWERS, f"{seconds}\n".encode())


def main() -> None:
    os.dup2(2, 1)
    script, (environments, rollout, epochs, minibatches, updates) = sys.argv[1], map(int, sys.argv[2:])
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    sys.modules |= {name: MagicMock() for name in ("wandb", "hydra", "omegaconf")}
    import jax

    found = importlib.util.spec_from_file_location("ippo_ff_mpe", script)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    config = {  # the script's own, but for the sizes
        "LR": 2.5e-4,
        "NUM_ENVS": environments,
        "NUM_STEPS": rollout,
        "TOTAL_TIMESTEPS": updates * environments * rollout,
        "UPDATE_EPOCHS": epochs,
        "NUM_MINIBATCHES": minibatches,
        "GAMMA": 0.99,
        "GAE_LAMBDA": 0.95,
        "CLIP_EPS": 0.2,
        "SCALE_CLIP_EPS": False,
        "ENT_COEF": 0.01,
        "VF_COEF": 0.5,
        "MAX_GRAD_NORM": 0.5,
        "ACTIVATION": "tanh",
        "ENV_NAME": "MPE_simple_spread_v3",
        "ENV_KWARGS": {},
        "SEED": 0,
        "NUM_SEEDS": 1,
        "ANNEAL_LR": False,
    }
    key, start = jax.random.PRNGKey(0), time.process_time()
    train = jax.jit(module.make_train(config)).lower(key).compile()
    answer(time.process_time() - start)
    while sys.stdin.readline():
        start = time.process_time()
        jax.block_until_ready(train(key))
        answer(time.process_time() - start)


if __name__ == "__main__":
    main()
