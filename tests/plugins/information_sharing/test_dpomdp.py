import contextlib
import random

import numpy as np
import pytest
import torch

from quorate.errors import QuorateError
from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate_information_sharing.dpomdp import read_dpomdp, write_dpomdp
from quorate_information_sharing.environment import TabularGame
from quorate_information_sharing.games import make_game
from quorate_information_sharing.recycling import recycling
from quorate_information_sharing.settings import FileSettings, Game, TabularSettings

PREAMBLE = """# two doors
agents: 2
discount: 1.0
values: {values}
states: left right
start:
"uniform"
actions:
listen open
2
observations:
hear-left hear-right
hear-left hear-right
"""
TABLES = """T: * :
uniform
T: listen 0 :
identity
O: * :
uniform
O: listen 0 : left : hear-left hear-left : 0.7225
O: listen 0 : left : hear-left hear-right : 0.1275
O: listen 0 : left : 2 : 0.1275
O: listen 0 : left : hear-right hear-right:+0.0225
O: 0 : right :
0.0225 0.1275
0.1275 0.7225
R: * : * : * : * : 9
R: listen 0 : * : * : * : -2
R: open * : left : * : * : +20
R: open 1 : right : * :
1 2 3 4
"""
SMALL = [game for game in Game if game is not Game.INDIVIDUAL_TIGER]


def read(folder, text, **preamble):
    path = folder / "doors.dpomdp"
    path.write_text(text.format(values="reward", **preamble) if "{values}" in text else text)
    return read_dpomdp(path)


@pytest.mark.parametrize("game", SMALL)
def test_what_is_written_is_read_again(tmp_path, game):
    written = make_game(TabularSettings(game=game, horizon=3))
    write_dpomdp(written, tmp_path / "a.dpomdp")
    back = read_dpomdp(tmp_path / "a.dpomdp", 3)
    for table in ("transition", "observation", "reward", "start"):
        assert np.array_equal(getattr(back, table), getattr(written, table))


def test_all_forms_of_the_grammar_are_understood(tmp_path):
    game = read(tmp_path, PREAMBLE + TABLES)
    assert np.array_equal(game.transition[0], np.eye(2))
    assert (game.transition[1:] == 0.5).all()
    assert game.observation[0].tolist() == [[0.7225, 0.1275, 0.1275, 0.0225], [0.0225, 0.1275, 0.1275, 0.7225]]
    assert game.start.tolist() == [0.5, 0.5]
    assert game.reward[1].tolist() == [[-2, 9, 20, 20], [-2, 9, 9, 2.5]]


def test_costs_are_negative_rewards(tmp_path):
    text = (PREAMBLE + TABLES).replace("{values}", "cost")
    assert read(tmp_path, text).reward[0].tolist() == [[2, -9, -20, -20], [2, -9, -9, -2.5]]


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ("start: 0.25 0.75", [0.25, 0.75]),
        ("start: right", [0, 1]),
        ("start include: left", [1, 0]),
        ("start exclude: left", [0, 1]),
    ],
)
def test_starts(tmp_path, said, start):
    text = (PREAMBLE + TABLES).replace('start:\n"uniform"', said)
    assert read(tmp_path, text).start.tolist() == start


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("agents: 2", "", "does not say 'agents:'"),
        ("states: left right", "states: left left", "line 5"),
        ("states: left right", "states: 99999999999", "line 5"),
        ("states: left right", "states: 100000", "numbers; 10,000,000 fit"),
        ("start:", "start: 0.5 0.6\nstart:", "given before"),
        ('"uniform"', "0.5 0.6", "sum to one, not to 1.1"),
        ("listen open\n2", "listen open", "Expected 2 lines"),
        ("{values}", "joy", "line 4"),
        ("identity", "1 2 3", "Expected 4 numbers, not 3"),
        ("identity", "1 0 0 nan", "line 16"),
        ("identity", "1 0 0 0.9", "T of joint action 0 and state right"),
        ("listen 0 : left : 2", "lisen 0 : left : 2", "listen"),
        ("O: 0 : right", "O: 17 : right", "line 24"),
        ("R: open *", "Q: open *", "no key 'Q'"),
        ("T: * :\n", "T:\n", "does not say which action"),
        ("R: *", "discount: 1\nR: *", "belongs before"),
    ],
)
def test_mistakes_are_told_with_their_lines(tmp_path, old, new, words):
    text = (PREAMBLE + TABLES).replace(old, new, 1)
    with pytest.raises(QuorateError, match=r"doors\.dpomdp") as told:
        read(tmp_path, text)
    assert words in str(told.value)


def test_damaged_files_give_games_or_messages(tmp_path):
    chance, text = random.Random(0), (PREAMBLE + TABLES).format(values="reward")
    for _ in range(300):
        words = text.split(" ")
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(words))
            words[at] = chance.choice(["", "*", ":", "-1", "uniform", "1e999", "T:", "\n", words[chance.randrange(9)]])
        with contextlib.suppress(QuorateError):
            read(tmp_path, " ".join(words))


def test_files_that_are_none_are_told(tmp_path):
    (tmp_path / "packed").write_bytes(b"\x1f\x8b\xff")
    for name, words in (("packed", "no text"), ("missing", "can not be read"), (".", "can not be read")):
        with pytest.raises(QuorateError, match=words):
            read_dpomdp(tmp_path / name)


def test_what_the_format_can_not_hold_is_not_written(tmp_path):
    with pytest.raises(QuorateError, match="one reward for all"):
        write_dpomdp(make_game(TabularSettings(game=Game.INDIVIDUAL_TIGER)), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_file_can_be_played(tmp_path):
    read(tmp_path, PREAMBLE + TABLES)
    environment = TabularGame(FileSettings(file=tmp_path / "doors.dpomdp", horizon=2), 4)
    environment.reset(seed=0)
    step = environment.step(torch.zeros(4, 2, dtype=torch.int64))
    assert (step.reward == -2).all()


def test_a_file_conforms(tmp_path):
    read(tmp_path, PREAMBLE + TABLES)
    assert_conforms(
        load_registry([], plugins=False), "environment", "tabular/file-v1", {"file": str(tmp_path / "doors.dpomdp")}
    )


def test_a_file_whose_state_all_agents_see_together_is_declared_so(tmp_path):
    path = tmp_path / "robots.dpomdp"
    write_dpomdp(recycling(), path)
    given = {"file": str(path)}
    assert_conforms(load_registry([], plugins=False), "environment", "tabular/file-v1", given)
