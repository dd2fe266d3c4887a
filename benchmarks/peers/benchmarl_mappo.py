"""MAPPO of BenchMARL on vmas/simple_spread; run by its own interpreter (see mappo_steps.py).

Each line on standard input asks for one training iteration; the answer is its seconds of processor time.
"""

import os
import sys
import tempfile
import time

import torch
from benchmarl.algorithms import MappoConfig
from benchmarl.environments import VmasTask
from benchmarl.experiment import Callback, Experiment, ExperimentConfig
from benchmarl.models.mlp import MlpConfig

ANSWERS = os.dup(1)
"""Where answers go; what BenchMARL prints goes elsewhere."""


class Ask(Callback):
    """Waits for a line before each iteration, and answers with the time that it took."""

    start: float | None = None

    def on_train_end(self, training_td: object, group: str) -> None:
        """End an iteration, and wait for the next to be asked for."""
        answer = "ready" if self.start is None else f"{time.process_time() - self.start}"
        os.write(ANSWERS, f"{answer}\n".encode())
        if not sys.stdin.readline():
            os._exit(0)
        self.start = time.process_time()


def main() -> None:
    os.dup2(2, 1)
    environments, frames, epochs, width = (int(text) for text in sys.argv[1:])
    torch.set_num_threads(1)
    config = ExperimentConfig.get_from_yaml()
    config.on_policy_collected_frames_per_batch = config.on_policy_minibatch_size = frames
    config.on_policy_n_envs_per_worker = environments
    config.on_policy_n_minibatch_iters = epochs
    config.max_n_iters, config.max_n_frames = 1_000_000, None
    config.evaluation, config.loggers, config.create_json = False, [], False
    config.lr = 5e-4
    model = MlpConfig.get_from_yaml()
    model.num_cells = [width, width]
    with tempfile.TemporaryDirectory() as folder:
        config.save_folder = folder
        Experiment(
            task=VmasTask.SIMPLE_SPREAD.get_from_yaml(),
            algorithm_config=MappoConfig.get_from_yaml(),
            model_config=model,
            critic_model_config=model,
            seed=0,
            config=config,
            callbacks=[Ask()],
        ).run()


if __name__ == "__main__":
    main()
