"""The settings of all components. Imports nothing heavy, so that they can be shown without loading torch."""

from dataclasses import dataclass

from quorate.learning.settings import policy_input
from quorate.settings import Component, setting


@dataclass
class LineSettings:
    """A line of agents."""

    agents: int = setting(4, "Agents in the line; the first one knows the word.", minimum=2)
    steps: int = setting(8, "Steps of an episode.", minimum=1)
    loss: float = setting(0.0, "Probability that an agent sees nothing in a step.", minimum=0, below=1)

    def __post_init__(self) -> None:
        if self.steps < self.agents:
            raise ValueError(f"steps is {self.steps}, but the word needs {self.agents} to reach the last agent")

    @property
    def tags(self) -> dict[str, int]:
        """What follows from the settings, on top of the tags in the manifest."""
        return {"agents": self.agents, "horizon": self.steps}


@dataclass
class PrototypeSettings:
    """A mixture of prototypes."""

    prototypes: int = setting(64, "Prototypes of the state.", minimum=2)
    hidden: int = setting(64, "Units of the hidden layer that reads the history.", minimum=1)
    sharpness: float = setting(2.0, "Initial inverse variance of a prototype's noise.", above=0)


@dataclass
class EvolutionSettings:
    """Evolution strategies."""

    input: Component = policy_input()
    pairs: int = setting(32, "Pairs of candidates in a generation, mirrored about the present parameters.", minimum=1)
    episodes: int = setting(4, "Episodes that each candidate plays, the same for all.", minimum=1)
    steps: int = setting(1000, "Steps after which an episode that goes on is cut.", minimum=1)
    deviation: float = setting(0.3, "Standard deviation of the candidates' parameters.", above=0)
    learning_rate: float = setting(0.3, "Step along the estimated gradient.", above=0)
