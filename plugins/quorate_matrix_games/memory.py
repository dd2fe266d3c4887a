"""A game of memory, natively batched."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from gymnasium.spaces import Discrete
from torch import Tensor
from torch.nn.functional import one_hot
from typing_extensions import override

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.environments import Advance, NativeEnvironment, View
from quorate.interfaces import EnvironmentSpec, Observability
from quorate_matrix_games.render import draw_memory
from quorate_matrix_games.settings import MemoryGameSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class Recall:
    """Where the games are.

    Attributes:
        cue: int64 [B, n].
        time: int64 [B], steps since the cue was seen.
        right: float32 [B, n], 1 where it was named.
    """

    cue: Tensor
    time: Tensor
    right: Tensor


class MemoryGame(NativeEnvironment[Recall]):
    """Each agent is shown a cue of its own at the beginning, and is paid for naming it k steps later.

    * State: the cues, one-hot for each agent, and the time from 0 to k, one-hot; no time once the game is over.
    * Observation of an agent: its cue, one-hot, at time 0, else zeros; and 1 when it must answer, else 0.
    * Action: one of c; only choice 0 is valid before the answer, so that actions can not carry the cue.
    * Reward: the mean over agents of 1 where the answer is the cue, else 0. Then the episode ends (terminated).
    * Outcome `recalled`: 1 where all agents named their cues, else 0.

    The best return is 1. Random play, and whatever does not remember, returns 1/c in the mean.

    Args:
        settings: what `MemoryGameSettings` documents.
        batch: B, independent copies.
        device: where they live.
    """

    seeded_as = "memory-game"

    def __init__(self, settings: MemoryGameSettings, batch: int = 1, device: torch.device | str = "cpu") -> None:
        super().__init__(_make_spec(settings), batch, device)
        self.settings = settings
        self._waiting = torch.arange(settings.cues, device=self.device) == 0

    @property
    def best_return(self) -> float:
        """Of who remembers."""
        return 1.0

    @property
    def random_return(self) -> float:
        """Of who does not, in the mean."""
        return 1 / self.settings.cues

    @override
    def begin(self) -> Recall:
        shape = self.batch, self.settings.agents
        cue = torch.randint(self.settings.cues, shape, generator=self.generator, device=self.device)
        time = torch.zeros(self.batch, dtype=torch.int64, device=self.device)
        return Recall(cue, time, torch.zeros(shape, device=self.device))

    @override
    def advance(self, actions: Tensor) -> Advance:
        over = self.world.time == self.settings.delay
        right = ((actions == self.world.cue) & over[:, None]).float()
        self.world = Recall(self.world.cue, self.world.time + 1, right)
        return Advance(right.mean(1), over, right)

    @override
    def observe(self) -> View:
        cue, time = one_hot(self.world.cue, self.settings.cues).float(), self.world.time
        answering = (time == self.settings.delay)[:, None, None]
        seen = cue * (time == 0)[:, None, None]
        now = answering.float().expand(-1, self.settings.agents, 1)
        clock = one_hot(time, self.settings.delay + 2)[:, :-1].float()
        mask = (self._waiting | answering).expand(-1, self.settings.agents, -1).clone()
        return View(torch.cat([seen, now], -1), torch.cat([cue.flatten(1), clock], -1), mask)

    @override
    def outcomes(self) -> Tensor:
        return self.world.right.amin(1, keepdim=True)

    def draw(self, axes: "Axes", state: Tensor, estimate: Tensor | None = None, actions: Tensor | None = None) -> None:
        """Draw cues, the time and answers; see `quorate_matrix_games.render.draw_memory`."""
        draw_memory(axes, self.settings, state.cpu(), estimate, actions)


def _make_spec(settings: MemoryGameSettings) -> EnvironmentSpec:
    n, c = settings.agents, settings.cues
    return EnvironmentSpec(
        name="memory-game",
        agents=tuple(f"agent_{index}" for index in range(n)),
        observation_sizes=(c + 1,) * n,
        state_size=n * c + settings.delay + 1,
        action_spaces=(Discrete(c),) * n,
        horizon=None,
        observability=Observability.PARTIAL,
        reward_rule=RewardRule.MEAN,
        reward="mean over the agents of 1 where one names its cue, else 0",
        simulator=f"quorate_matrix_games {__version__}",
        binary_state=True,
        outcomes=("recalled",),
        agent_rewards=True,
    )
