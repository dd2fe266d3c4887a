"""Reads `.dpomdp` files."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from quorate_information_sharing.dpomdp.lines import TABLES, Entry, Place, number, read_entries
from quorate_information_sharing.dpomdp.preamble import MOST, Names, Preamble, index, read_preamble
from quorate_information_sharing.posg import Array, TabularPOSG, team_reward

ROUNDED = 1e-4
"""How far the probabilities of a file, which are rounded, may sum from one; they are scaled."""

Lines = npt.NDArray[np.int64]


def read_dpomdp(path: Path, horizon: int = 3) -> TabularPOSG:
    """The team's game in a file; where lines contradict each other, the later one holds.

    Nothing is seen before the first action, values are not discounted, and costs become negative rewards.

    Raises:
        QuorateError: the file can not be read, or does not describe a game; it names the line.
    """
    entries, whole = read_entries(path), Place(path)
    first = next((i for i, entry in enumerate(entries) if entry.key in TABLES), len(entries))
    game = read_preamble(entries[:first], whole)
    for entry in entries[first:]:
        if entry.key not in TABLES:
            raise entry.place.error(f"'{entry.key}' belongs before the tables T, O and R.")
    joint, seen, states = _joint(game.actions), _joint(game.observations), len(game.states)
    shapes = {"T": (joint, states, states), "O": (joint, states, seen), "R": (joint, states, *_outcomes(entries, game))}
    tables = {key: np.zeros(shape) for key, shape in shapes.items()}
    lines = {key: np.zeros(shape[:2], dtype=np.int64) for key, shape in shapes.items()}
    for entry in entries[first:]:
        _fill(entry, game, tables[entry.key], lines[entry.key])
    for key in ("T", "O"):
        _scale(key, tables[key], lines[key], game, whole)
    start = game.start[None, None]
    _scale("start", start, np.zeros((1, 1), dtype=np.int64), game, whole)
    transition, observation = tables["T"], tables["O"]
    reward = team_reward(game.sign * _expected(tables["R"], transition, observation), len(game.actions))
    return TabularPOSG(
        path.stem, game.states, game.actions, game.observations, transition, observation, reward, start[0, 0], horizon
    )


def _joint(names: tuple[Names, ...]) -> int:
    return int(np.prod([len(own) for own in names]))


def _outcomes(entries: list[Entry], game: Preamble) -> tuple[int, int]:
    """What rewards depend on beyond state and action: S' and O, or 1 where it is not on them."""
    given = [_split(entry, game) for entry in entries if entry.key == "R"]
    sizes = len(game.states), _joint(game.observations)
    after, seen = (any(len(keys) <= at or set(keys[at].split()) != {"*"} for keys, _ in given) for at in (2, 3))
    size = _joint(game.actions) * len(game.states) * (sizes[0] if after else 1) * (sizes[1] if seen else 1)
    if size > MOST:
        place = next(entry.place for entry in entries if entry.key == "R")
        raise place.error(f"The table R would have {size:,} numbers; {MOST:,} fit.", fix="write * for what need not be")
    return sizes[0] if after else 1, sizes[1] if seen else 1


def _expected(table: Array, transition: Array, observation: Array) -> Array:
    """R(s, a) [S, A], exactly where it depends on nothing else."""
    if table.shape[2:] == (1, 1):
        return table[:, :, 0, 0].T
    wide = np.broadcast_to(table, (*table.shape[:2], *observation.shape[1:]))
    expected: Array = np.einsum("ast,ato,asto->sa", transition, observation, wide, optimize=True)
    return expected


def _split(entry: Entry, game: Preamble) -> tuple[list[str], list[str]]:
    """What an entry is of, and its numbers."""
    most = 4 if entry.key == "R" else 3
    parts = [part for part in entry.parts if part]
    keys, values = parts[:most], [word for part in parts[most:] for word in part.split()]
    row = len(game.states) if entry.key == "T" else _joint(game.observations)
    if keys and not values and len(keys) > 1 and not entry.rest and _is_row(keys[-1], row, game, entry, len(keys)):
        values = keys.pop().split()
    return keys, values + [word for _, text in entry.rest for word in text.split()]


def _is_row(text: str, row: int, game: Preamble, entry: Entry, at: int) -> bool:
    """Whether what stands in place of a key is a row of numbers, or the word for a table."""
    words = text.split()
    if words[0] in ("uniform", "identity") and words[0] not in game.states:
        return True
    keys = len(game.observations) if at == 4 or (at == 3 and entry.key == "O") else 1
    return len(words) == row and len(words) != keys


def _fill(entry: Entry, game: Preamble, table: Array, lines: Lines) -> None:
    keys, words = _split(entry, game)
    if not keys:
        raise entry.place.error(f"'{entry.key}:' does not say which action.", fix=f"write '{entry.key}: * : ...', say")
    at = [_which(key, game.actions, entry.place) for key in keys[:1]]
    for position, key in enumerate(keys[1:], 1):
        of_observation = position == (3 if entry.key == "R" else 2) and entry.key != "T"
        names = game.observations if of_observation else (game.states,)
        chosen = _which(key, names, entry.place)
        at.append(chosen if table.shape[position] > 1 or table.shape[position] == _joint(names) else np.zeros(1, int))
    at += [np.arange(size) for size in table.shape[len(at) :]]
    grid = np.ix_(*at)
    table[grid] = _numbers(words, table.shape[len(keys) :], entry)
    lines[np.ix_(*at[:2])] = entry.place.number


def _which(key: str, names: tuple[Names, ...], place: Place) -> Lines:
    """The numbers of joint actions or observations (or of states) that a key is of."""
    words, sizes = key.split(), [len(own) for own in names]
    everything = np.arange(int(np.prod(sizes))).reshape(sizes)
    if words == ["*"]:
        return everything.ravel()
    if len(words) == 1 and len(names) > 1:
        return everything.ravel()[index(words[0], tuple(map(str, range(everything.size))), place)]
    if len(words) != len(names):
        raise place.error(f"Expected {len(names)} names, a number, or *; not '{key[:40]}'.")
    chosen = tuple(index(word, own, place) for word, own in zip(words, names, strict=True))
    return everything[chosen].ravel()


def _numbers(words: list[str], shape: tuple[int, ...], entry: Entry) -> Array:
    size = int(np.prod(shape))
    if words == ["uniform"] and shape and entry.key != "R":
        return np.full(shape, 1 / shape[-1])
    if words == ["identity"] and len(shape) == 2 and shape[0] == shape[1]:
        return np.eye(shape[0])
    if len(words) != size:
        raise entry.place.error(f"Expected {size} numbers, not {len(words)}.", fix="see the shape of what is before it")
    return np.array([number(word, entry.place) for word in words]).reshape(shape)


def _scale(key: str, table: Array, lines: Lines, game: Preamble, whole: Place) -> None:
    """Let rows sum to one exactly."""
    sums = table.sum(-1)
    wrong = np.argwhere((np.abs(sums - 1) > ROUNDED) | (table < 0).any(-1))
    if len(wrong):
        action, state = wrong[0]
        row = key if key == "start" else f"{key} of joint action {action} and state {game.states[state]}"
        place = Place(whole.path, int(lines[action, state]))
        raise place.error(f"{row} must be probabilities that sum to one, not to {sums[action, state]:g}.")
    exact = np.abs(sums - 1) < 1e-12
    table /= np.where(exact, 1.0, sums)[..., None]
