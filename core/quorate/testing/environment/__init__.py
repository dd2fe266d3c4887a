"""Conformance checks of environments: native ones, and PettingZoo's ParallelEnv, which the bridge batches.

Each builds the environment anew, plays random valid actions in a small batch, and looks at one promise.
"""

from collections.abc import Callable

from quorate.testing.environment.declared import build, spec, tags
from quorate.testing.environment.episodes import autoreset, ends, final, horizon, outcomes
from quorate.testing.environment.masks import action_masks, agent_masks
from quorate.testing.environment.observability import observability
from quorate.testing.environment.parallel import parallel
from quorate.testing.environment.randomness import other_seeds, row_resets, rows, seed
from quorate.testing.environment.reward import reward
from quorate.testing.environment.stops import close, resume
from quorate.testing.environment.tensor_form import device, dtypes, kept, padding, run, shapes, values
from quorate.testing.framework import Check, Subject

__all__ = ["CHECKS"]


def _check(name: str, summary: str, function: Callable[[Subject], None], *needs: str) -> Check:
    return Check("environment", name, summary, function, needs)


_FORM = ("kept",)

CHECKS: tuple[Check, ...] = (
    _check("build", "It can be built for any batch.", build),
    _check("spec", "What it says of itself is complete and consistent.", spec, "build"),
    _check("tags", "The tags of its row agree with its spec.", tags, "spec"),
    _check("run", "It can be reset and stepped with random valid actions.", run, "spec"),
    _check("shapes", "Every tensor of a step has its documented shape.", shapes, "run"),
    _check("dtypes", "Every tensor of a step has its documented type.", dtypes, "shapes"),
    _check("device", "Every tensor is on the device that it was built for.", device, "shapes"),
    _check("kept", "Tensors that were handed out do not change, nor do actions.", kept, "dtypes", "device"),
    _check("values", "Observations, states and rewards are finite and in their spaces.", values, *_FORM),
    _check("padding", "Observations are zero where padded.", padding, *_FORM),
    _check("action-masks", "Every agent always has a valid action, of its own space.", action_masks, *_FORM),
    _check("agent-masks", "Some agent is alive while an episode goes on.", agent_masks, *_FORM),
    _check("seed", "A seed determines everything that follows.", seed, *_FORM),
    _check("other-seeds", "Another seed gives something else.", other_seeds, *_FORM),
    _check("rows", "What is done in one row changes nothing in others.", rows, "seed"),
    _check("row-resets", "The end of one row's episode changes nothing in others.", row_resets, "rows"),
    _check("ends", "An episode is terminated or truncated, not both.", ends, *_FORM),
    _check("outcomes", "Outcomes are there exactly in rows that ended, and finite.", outcomes, "ends"),
    _check("horizon", "Episodes are truncated at the horizon, and only there.", horizon, "ends"),
    _check("autoreset", "A row that ended begins its next episode in the same step.", autoreset, "ends"),
    _check("final", "The last observation and state of an episode are kept.", final, "autoreset"),
    _check("observability", "Observations reveal of the state what is declared, no more.", observability, "values"),
    _check("reward", "Rewards follow the convention that the spec states.", reward, *_FORM),
    _check("resume", "What is stored in the middle of an episode goes on bit for bit.", resume, "seed"),
    _check("close", "It can be closed at any time, and twice.", close, "run"),
    _check("parallel", "As a ParallelEnv it passes PettingZoo's own test.", parallel, "action-masks", "agent-masks"),
)
"""In the order in which they are run: each after those that it needs."""
