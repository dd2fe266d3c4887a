"""One PettingZoo environment, stepped from and into its row of the buffers."""

import warnings
from collections.abc import Hashable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from quorate.environments import returns
from quorate.environments.blame import Blame
from quorate.environments.buffers import Buffers
from quorate.environments.declaration import Declaration, RewardRule
from quorate.environments.episode import LONGEST, Episode
from quorate.environments.layout import Layout
from quorate.environments.outcomes import Outcomes
from quorate.environments.values import Array, SpaceError
from quorate.environments.writer import RowWriter
from quorate.errors import QuorateError

_MISSING = object()
_ONE_REWARD = "return one number for each agent, such as a weighted sum where there are several objectives"


class Copy:
    """One environment, writing into row `index` of its buffers; it starts a new episode as soon as one ends.

    Args:
        env: a ParallelEnv.
        layout: of the environment.
        name: of the environment, for errors.
        row: of the whole batch, for errors.
    """

    def __init__(self, env: Any, layout: Layout, name: str, row: int) -> None:
        self.env, self.layout = env, layout
        self._blame = Blame(name, row, layout.agents)
        self._live: list[int] = []
        self._steps = 0
        self._episode: Episode | None = None
        self._films = row == 0 and layout.render_mode == "rgb_array"
        self._last: Array | None = None
        self._warned = False

    def attach(self, buffers: Buffers, index: int, declaration: Declaration) -> None:
        """Say where results go, and how rewards, time limits and outcomes work."""
        self._buffers, self._index = buffers, index
        self._rule, self._horizon = declaration.reward, declaration.horizon
        self._outcomes = Outcomes(declaration.outcomes, self.layout.ids, self._blame)
        self._writer = RowWriter(self.layout, self._blame, buffers, index)

    def reset(self, seed: int | None) -> None:
        """Start the first episode of a seed, or without one the next episode of the row.

        Raises:
            QuorateError: where the environment fails or breaks its own declarations.
        """
        again = seed is None and self._episode is not None
        self._begin(self._episode.next() if again and self._episode else Episode.first(seed))

    def render(self, *, final: bool = False) -> Array | None:
        """What the environment shows, uint8 [h, w, 3]; or what it showed when the last episode of row 0 ended.

        Raises:
            QuorateError: it fails, or shows something else.
        """
        if final:
            return self._last
        with self._blame(fix="repair render(), or make the environment without render_mode"):
            return returns.frame(self.env.render())

    def close(self) -> None:
        """Close the environment.

        Raises:
            QuorateError: where that fails.
        """
        with self._blame():
            self.env.close()

    def _begin(self, episode: Episode) -> None:
        self._steps = self._blame.steps = 0
        with self._blame():
            observations, infos = returns.of_reset(self.env.reset(seed=episode.seed))
            self._live = self._present(self._check_ids(observations), set())
            if not self._live:
                raise SpaceError("no agent is there after reset")
        self._writer.write(self.env, observations, infos, self._live)
        self._outcomes.begin()
        self._episode = episode
        episode.see(self._buffers, self._index)

    def step(self) -> None:
        """Take the actions of the buffers; results go there too, those of the next episode if this one ended."""
        acting = self._live
        self._steps += 1
        self._blame.steps = self._steps
        actions = self._decode(acting)
        with self._blame():
            observations, rewards, terminations, truncations, infos = returns.of_step(self.env.step(actions))
            there = self._check_ids({**observations, **rewards, **terminations, **truncations})
        terminated = self._flagged(terminations, "termination", there, acting)
        truncated = self._flagged(truncations, "truncation", there, acting)
        self._live = self._present(there, terminated | truncated)
        self._reward(rewards, acting)
        self._end(terminated, truncated, acting)
        leaving = [index for index in acting if index not in self._live]
        self._writer.write(self.env, observations, infos, self._live, leaving)
        buffers, row = self._buffers, self._index
        ended = buffers.terminated[row] or buffers.truncated[row]
        self._outcomes.hear(infos, acting if ended else leaving)
        if ended:
            buffers.outcomes[row] = self._outcomes.end()
            cut = [index for index in leaving if buffers.agent_truncated[row, index]]
            self._writer.finish(observations, infos, cut)
            self._last = self.render() if self._films else None
            self.reset(None)
        elif self._episode is not None:
            self._episode.see(buffers, row, buffers.actions[row].copy())

    def state(self) -> Episode:
        """The episode so far, which `restore` plays again."""
        assert self._episode is not None, "the batch knows whether it was reset"
        return self._episode

    def restore(self, episode: Episode) -> str | None:
        """Go on from where an episode was, by playing it again.

        Returns:
            What came out different, which is why the row is in the next episode now; or None.
        """
        self._begin(episode.again())
        if (played := self._play(episode.actions)) is None and self.state().checksum == episode.checksum:
            return None
        if self.state().number == episode.number:
            self.reset(None)
        return played or f"its {len(episode.actions or ())} steps did not show the same again"

    def _play(self, actions: list[Array] | None) -> str | None:
        if actions is None:
            return f"its episode had more than {LONGEST} steps"
        number = self.state().number
        for count, action in enumerate(actions, 1):
            self._buffers.actions[self._index] = action
            try:
                self.step()
            except QuorateError as error:  # an action that was valid then need not be so in what is shown now
                return f"step {count} of its episode, which had gone well, failed: {error.problem}"
            if self.state().number != number:
                return f"its episode ended after {count} steps, where it had gone on"
        return None

    def _check_ids(self, given: Mapping[Hashable, Any]) -> Set[Hashable]:
        there = returns.agents_of(self.env)
        unknown = [agent for agent in (*there, *given) if agent not in self.layout.ids]
        if unknown:
            raise SpaceError(
                f"agent {unknown[0]!r} is not one of possible_agents",
                fix="list every agent that may appear in possible_agents, and do not change it",
            )
        return set(there)

    def _flagged(
        self, given: Mapping[Hashable, Any], what: str, there: Set[Hashable], acting: Sequence[int]
    ) -> Set[int]:
        """The agents of whom it is true. One that is gone may be left out."""
        found = set()
        for index, agent in enumerate(self.layout.ids):
            if (value := given.get(agent, _MISSING)) is False:
                continue
            with self._blame(index):
                if value is not _MISSING:
                    if returns.flag(value, what):
                        found.add(index)
                elif index in acting and agent in there:
                    raise SpaceError(f"the environment gave no {what}")
        return found

    def _present(self, there: Set[Hashable], ended: Set[int]) -> list[int]:
        return [index for index, agent in enumerate(self.layout.ids) if agent in there and index not in ended]

    def _decode(self, acting: Sequence[int]) -> dict[Hashable, Any]:
        chosen, actions = self._buffers.actions[self._index], {}
        for index in acting:
            codec = self.layout.actions[index]
            action = chosen[index] if codec.discrete else chosen[index, : codec.size]
            try:
                actions[self.layout.ids[index]] = codec.decode(action)
            except SpaceError as error:
                problem = f"environment {self._blame.name} was given an action that it does not have: {error.problem}"
                raise QuorateError(problem, where=self._blame.where(index)) from error
        return actions

    def _reward(self, rewards: Mapping[Hashable, Any], acting: Sequence[int]) -> None:
        values = np.zeros(len(self.layout.ids))
        for index in acting:
            with self._blame(index):
                values[index] = _reward_of(rewards, self.layout.ids[index])
        if len(rewards) > len(acting) and self._rule is not RewardRule.SHARED and not self._warned:
            self._warn_of_rewards(rewards, acting)
        team = values[acting]
        if self._rule is RewardRule.SHARED and (team != team[0]).any():
            with self._blame():
                fix = "declare `reward: sum` or `reward: mean`"
                raise SpaceError(f"the rewards are declared to be shared, but differ: {team.tolist()}", fix=fix)
        total = team[0] if self._rule is RewardRule.SHARED else values.sum()
        self._buffers.agent_reward[self._index] = values
        with self._blame():
            mean = total / (len(values) if self._rule is RewardRule.MEAN else 1)
            self._buffers.reward[self._index] = returns.number(mean, "team's reward")

    def _warn_of_rewards(self, rewards: Mapping[Hashable, Any], acting: Sequence[int]) -> None:
        """Who did not act, because it is gone or has just come, learns from no reward: it would be lost in silence."""
        for index, agent in enumerate(self.layout.ids):
            if agent in rewards and index not in acting:
                with self._blame(index):
                    paid = returns.number(rewards[agent], "reward", _ONE_REWARD)
                if paid:
                    self._warned = True
                    warnings.warn(
                        f"The environment {self._blame.name} rewards agent {agent!r} with {paid:g} in a step in which "
                        "it did not act; such rewards count nowhere. Pay those who act.",
                        stacklevel=2,
                    )
                    return

    def _end(self, terminated: Set[int], truncated: Set[int], acting: Sequence[int]) -> None:
        buffers, row = self._buffers, self._index
        ended, cut = buffers.agent_terminated[row], buffers.agent_truncated[row]
        ended[:], cut[:] = False, False
        late = self._horizon is not None and self._steps >= self._horizon
        for index in acting:
            ended[index] = index in terminated
            # An agent that leaves without a word has been cut off; so has one that is there when time is up.
            left = index not in self._live or late
            cut[index] = index in truncated or (left and not ended[index])
        buffers.terminated[row] = not self._live and ended.any()
        buffers.truncated[row] = (late or not self._live) and not buffers.terminated[row]


def _reward_of(rewards: Mapping[Hashable, Any], agent: Hashable) -> float:
    if agent not in rewards:
        raise SpaceError("the environment gave no reward")
    return returns.number(rewards[agent], "reward", _ONE_REWARD)
