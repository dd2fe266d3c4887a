"""SMACv2 with one game of StarCraft II: begun, stepped and ended so that whatever goes wrong is told and bounded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quorate.errors import QuorateError
from quorate.seeding import derive_seed
from quorate_smacv2 import installation
from quorate_smacv2.arguments import arguments
from quorate_smacv2.chance import OwnGenerators, seed_distributions
from quorate_smacv2.picture import picture
from quorate_smacv2.settings import SMACv2Settings

ATTEMPTS = 3
"""How often an episode is tried to begin, or may end with a crash in a row, before that is an error."""


class CrashError(Exception):
    """The game is gone, or does not understand any more."""


class StuckError(Exception):
    """Units of an episode do not appear."""


@dataclass
class Look:
    """What there is to see.

    Attributes:
        observations: float32 [n, o].
        state: float32 [s].
        masks: bool [n, a].
        alive: bool [n].
    """

    observations: NDArray[np.float32]
    state: NDArray[np.float32]
    masks: NDArray[np.bool_]
    alive: NDArray[np.bool_]


class Game:
    """One game, in which episodes follow each other; it is launched when the first begins.

    SMACv2 handles a crash by launching the game again, in places where it can not go on with it. Here its
    `full_restart` raises instead, so that each crash comes out.

    Args:
        settings: what `SMACv2Settings` documents.

    Attributes:
        inner: SMACv2's ``StarCraft2Env``.
    """

    def __init__(self, settings: SMACv2Settings) -> None:
        wrapper = installation.wrapper()(**arguments(settings))
        self.inner = wrapper.env
        self._distributions: dict[str, Any] = wrapper.env_key_to_distribution_map
        self._settings, self._chance = settings, OwnGenerators()
        self._unscaled, self._scale = self.inner.max_reward, 0.0
        self._seed, self._launches, self._crashes = 0, 0, 0
        self._running, self.program = False, ""
        self.inner.episode_limit = settings.horizon
        self.inner.full_restart = _crash
        for name, reach in (("unit_sight_range", settings.sight), ("unit_shoot_range", settings.attack_range)):
            if reach is not None:
                setattr(self.inner, name, _always(reach))

    def seed(self, seed: int, *, restart: bool) -> None:
        """Draw what follows from a seed; with `restart`, the game begins anew, too, and all is determined by it."""
        seed_distributions(self._distributions, seed)
        self._chance.seed(seed)
        if restart:
            self._end()
            self._seed, self._launches, self._scale = seed, 0, 0.0

    def begin(self) -> Look:
        """Begin an episode.

        Raises:
            QuorateError: the game is not there, does not start, crashes again and again, or its units never come.
        """
        if not self._running:
            installation.game()
            installation.maps()
        for _ in range(ATTEMPTS):
            try:
                return self._begin()
            except CrashError as error:
                self._end()
                failure, fix = f"the game ended while an episode began: {error}", _CRASH
            except StuckError:
                if not self._running:  # it was launched for this
                    self._end()
                failure, fix = "not all units appeared", _SPAWN
        raise QuorateError(f"{failure}, in {ATTEMPTS} attempts", fix=fix)

    def _begin(self) -> Look:
        inner, launch = self.inner, not self._running
        # This number says whether `reset` launches a game, and whether it adds the units' health to the largest reward.
        inner._episode_count = 0 if launch else max(inner._episode_count, 1)
        if launch:
            inner._seed = derive_seed(self._seed, "smacv2", "game", self._launches) % 2**31
            self._launches += 1
        config: dict[str, Any] = {}
        with self._chance.used(), _named():
            for distribution in self._distributions.values():
                config |= distribution.generate()
            for name in {"attack", "health"} & config.keys():  # a column, of whose entries SMACv2 makes numbers
                config[name]["item"] = np.reshape(config[name]["item"], -1)
            observations, state = inner.reset(config)
            self._running = True
            if launch:
                self._note_launch()
            return self._look(observations, state)

    def _note_launch(self) -> None:
        """SMACv2 scales rewards by the health of the first enemies; it may count them more than once."""
        units = self.inner.enemies.values()
        self._scale = self._scale or self._unscaled + sum(unit.health_max + unit.shield_max for unit in units)
        self.inner.max_reward = self._scale
        told = self.inner._controller.ping()
        self.program = f"StarCraft II {told.game_version} (base {told.base_build})"

    def step(self, actions: list[int]) -> tuple[float, bool, dict[str, Any], Look]:
        """Take one joint action: reward, whether the episode is over, SMACv2's info, and what there is to see.

        Raises:
            CrashError: the game is gone; the next episode launches it again.
            QuorateError: that happened in several episodes in a row.
        """
        probabilities = self.inner.agent_attack_probabilities
        try:
            with self._chance.used(), _named():
                self._draw_attacks(probabilities)
                reward, over, info = self.inner.step(actions)
                self.inner.agent_attack_probabilities = probabilities
                look = self._look(self.inner.get_obs(), self.inner.get_state())
        except CrashError as error:
            self._end()
            self._crashes += 1
            if self._crashes < ATTEMPTS:
                raise
            raise QuorateError(f"the game crashed in {ATTEMPTS} episodes in a row: {error}", fix=_CRASH) from error
        self._crashes = 0 if over else self._crashes
        return float(reward), bool(over), info, look

    def _draw_attacks(self, probabilities: NDArray[np.float64] | None) -> None:
        """Say which attacks would succeed: SMACv2 draws a number in [0, 1) from a generator that can not be seeded."""
        if probabilities is not None:
            succeed = self._chance.attacks.random(probabilities.shape) <= probabilities
            self.inner.agent_attack_probabilities = np.where(succeed, 2.0, -1.0)

    def _look(self, observations: list[Any], state: Any) -> Look:
        return Look(
            np.asarray(observations, np.float32),
            np.asarray(state, np.float32),
            np.asarray(self.inner.get_avail_actions(), np.bool_),
            np.array([self.inner.agents[agent].health > 0 for agent in range(self.inner.n_agents)]),
        )

    def render(self) -> NDArray[np.uint8]:
        """A picture, [h, w, 3]."""
        inner = self.inner
        names = {kind: name for table in (inner.ally_unit_map, inner.enemy_unit_map) for name, kind in table.items()}
        sides = inner.agents.values(), inner.enemies.values()
        shown: NDArray[np.uint8] = picture(*sides, names, inner.map_x, inner.map_y)
        return shown

    def close(self) -> None:
        """End the game. Calling it twice does no harm."""
        self._end()

    def _end(self) -> None:
        self._running = False
        with suppress(Exception):  # it may be gone already; its process is ended in any case
            self.inner.close()
        process, self.inner._sc2_proc = self.inner._sc2_proc, None
        if process is not None:
            process._shutdown()


_CRASH = "see what it printed above; `quorate doctor` says whether the game can be started"
_SPAWN = "give the units room: fewer of them, or other `capabilities` for their positions"


def simulator(game: Game) -> str:
    """Names and versions of what computes the transitions."""
    return ", ".join(filter(None, [installation.release("smacv2"), game.program]))


def _always(reach: float) -> Callable[[int], float]:
    return lambda agent: reach


@contextmanager
def _named() -> Iterator[None]:
    """Errors of SMACv2 and pysc2 that are no mistakes, by what they mean."""
    stuck, crashed = installation.failures()
    try:
        yield
    except stuck as error:
        raise StuckError(str(error)) from error
    except crashed as error:
        raise CrashError(str(error)) from error


def _crash() -> None:
    raise CrashError("the connection to it broke")
