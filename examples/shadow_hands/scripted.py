"""The hand-over by rule beside random actions: returns of whole episodes, and a film of the first.

python examples/shadow_hands/scripted.py                # 32 episodes of each, a minute
python examples/shadow_hands/scripted.py film.gif --episodes 1 --steps 150
"""

import argparse
from pathlib import Path
from typing import Any

import torch

import quorate
from quorate.interfaces import PolicySpec
from quorate_shadow_hands.scripted import ScriptedPolicy
from quorate_shadow_hands.settings import ScriptedSettings

EVERY = 3
"""Steps between frames; played at 20 frames a second, that is the true speed."""


def main() -> None:
    """Play both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", type=Path, help="a .gif to write")
    parser.add_argument("--episodes", type=int, default=32, help="(%(default)s)")
    parser.add_argument("--steps", type=int, default=449, help="of an episode (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(%(default)s)")
    options = parser.parse_args()
    environment = quorate.make("shadow-hands/handover-v1", batch=options.episodes, horizon=options.steps)
    generator = torch.Generator().manual_seed(options.seed)
    policy = ScriptedPolicy(ScriptedSettings(), PolicySpec.of(environment.spec, 157))

    def random(observation: torch.Tensor) -> torch.Tensor:
        return 2 * torch.rand(*observation.shape[:2], 20, generator=generator) - 1

    def scripted(observation: torch.Tensor) -> torch.Tensor:
        return policy.sample(observation, 1, generator)[0]

    for act in (random, scripted):
        frames: list[torch.Tensor] = []
        returns, caught = play(environment, act, options.seed, frames)
        spread = 1.96 * returns.std() / len(returns) ** 0.5 if len(returns) > 1 else torch.tensor(0.0)
        print(f"{act.__name__:>9}: return {returns.mean():.1f} +- {spread:.1f}, caught {caught:.2f}", flush=True)
    if options.film:
        write(environment, frames, options.film)


def play(environment: Any, act: Any, seed: int, frames: list[torch.Tensor]) -> tuple[torch.Tensor, float]:
    """The first episode of each copy: returns [B], and the share of those in which the ball was caught."""
    step = environment.reset(seed)
    returns, caught = torch.zeros(environment.batch), torch.zeros(environment.batch)
    going = torch.ones(environment.batch, dtype=torch.bool)
    while going.any():
        frames.append(step.state[0])
        step = environment.step(act(step.observation))
        returns += step.reward * going
        ended = going & (step.terminated | step.truncated)
        if ended.any():
            caught[ended] = step.outcomes[ended, 0]
        going &= ~ended
    return returns, float(caught.mean())


def write(environment: Any, states: list[torch.Tensor], path: Path) -> None:
    """A film of some states."""
    from matplotlib.animation import FuncAnimation, PillowWriter
    from matplotlib.figure import Figure

    figure = Figure((4, 3.2), layout="constrained")
    axes = figure.add_subplot()

    def draw(index: int) -> list[Any]:
        axes.clear()
        environment.draw(axes, states[index])
        return []

    film = FuncAnimation(figure, draw, frames=range(0, len(states), EVERY))  # type: ignore[arg-type]
    film.save(str(path), writer=PillowWriter(fps=20), dpi=90)


if __name__ == "__main__":
    main()
