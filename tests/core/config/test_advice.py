"""What a message suggests works when it is followed."""

import math
from typing import Any

import pytest

from quorate.cli.main import main
from quorate.config import compose, compose_component
from quorate.config.conform import MisfitError, check_limits, conform
from quorate.config.making import make_settings
from quorate.documents import Places, parse_document
from quorate.errors import ConfigError
from quorate.registry import load_registry
from quorate.settings import UnfitError


@pytest.mark.parametrize(
    ("hint", "value", "fix"),
    [
        (int, "1_000", "Write 1000."),
        (int, "1,000", "Write 1000."),
        (int, "1e3", "Write 1000."),
        (int, "0x10", "Write 0x10 without quotes."),
        (int, "12", "Write 12 without quotes."),
        (int, "1.5", None),
        (int, "1:30", None),
        (int, "inf", "Give a whole number."),
        (float, "1_000.5", "Write 1000.5."),
        (float, ".5", "Write .5 without quotes."),
        (float, "1.", "Write 1. without quotes."),
        (float, "1e-3", "Write 1e-3 without quotes."),
        (float, "nan", "Give a finite number."),
        (float, math.nan, "Give a finite number."),
        (list[float], [0.1, math.inf], "Give a finite number."),
        (int | None, "1_000", "Write 1000."),
        (int | list[int], "1_000", "Write 1000."),
        (int | list[int], "many", ""),
        (bool, "yes", "Write true."),
        (bool, "Off", "Write false."),
        (bool, 1, "Write true."),
        (bool, "maybe", None),
    ],
)
def test_advice_on_how_to_write_a_value(hint: Any, value, fix):
    with pytest.raises(MisfitError) as caught:
        conform(hint, value)
    assert (caught.value.fix or None) == (fix or None)
    if fix and fix.startswith("Write"):
        written = fix.removeprefix("Write ").removesuffix(" without quotes.").removesuffix(".")
        written += "." if value == "1." else ""
        conform(hint, parse_document(written.replace("..", "."), "x", ConfigError)[0])


@pytest.mark.parametrize(
    ("hint", "value", "problem", "at"),
    [
        (int | list[int], [1, 1.5], "Expected a whole number, found 1.5.", (1,)),
        (
            int | str | dict[str, list[list[int | None]]],
            {"a": [[0, 0.5]]},
            "Expected a whole number, found 0.5.",
            ("a", 0, 1),
        ),
        (int | str | dict[str, list[int]], {"a": 1}, "Expected a list, found 1.", ("a",)),
        (int | str, [1], "Expected a whole number or text, found a list.", ()),
    ],
)
def test_the_part_that_is_wrong_is_named(hint: Any, value, problem, at):
    with pytest.raises(MisfitError) as caught:
        conform(hint, value)
    assert (caught.value.problem.startswith(problem), caught.value.at) == (True, at), caught.value.problem


@pytest.mark.parametrize(
    ("hint", "value"), [(float, 1e39), (float, -(10**39)), (int, 2**63), (list[int], [-(2**63) - 1]), (int, 10**30)]
)
def test_numbers_that_no_tensor_holds(hint: Any, value):
    with pytest.raises(MisfitError) as caught:
        check_limits(conform(hint, value), {})
    assert caught.value.fix
    for good in (3e38, -3e38, 1e-300) if hint is float else (2**63 - 1, -(2**63)):
        check_limits(conform(float if hint is float else int, good), {})


MPE = "environment: mpe/simple-spread\nalgorithm: {name: ALGORITHM}\nbudget: {train_steps: 1}\n"


def said(capsys, *words):
    assert main([*words]) == 2
    return capsys.readouterr().err


def test_only_what_fits_is_suggested_and_the_rest_is_counted(tmp_path, capsys):
    file = tmp_path / "run.yaml"
    file.write_text(MPE.replace("ALGORITHM", "dec-spq"))
    environment = "environment=mpe/simple-spread-v3"
    assert "dec-spg" not in said(capsys, "config", str(file), environment)
    assert "choices: dec-spg" in said(capsys, "config", str(file), "environment=decision-game/single-v1")
    text = said(capsys, "config", str(file), environment, "algorithm=zzz")
    assert "more: `quorate list algorithm`" in text
    assert text.count(",") < 12


def test_one_and_several_seeds(tmp_path, capsys):
    file = tmp_path / "run.yaml"
    file.write_text(MPE)
    text = said(capsys, "run", str(file), "seeds=3")
    assert "seed=1" in text
    assert "quorate compare" in text
    for words in (["--seed", "1"], ["--seed=1"]):
        assert "without dashes: seed=1" in said(capsys, "run", str(file), *words)


@pytest.mark.parametrize("text", ["", "\n", "# a comment\n", "{}\n", "---\n"])
def test_an_empty_file_is_told_as_empty(tmp_path, capsys, text):
    file = tmp_path / "run.yaml"
    file.write_text(text)
    for command in ("run", "config", "compare", "cite"):
        assert "The file is empty" in said(capsys, command, str(file))
    file.write_text("- 1\n")
    assert "a list where a mapping" in said(capsys, "run", str(file))


def test_a_logger_is_given_once(tmp_path, capsys):
    file = tmp_path / "run.yaml"
    file.write_text(MPE.replace("simple-spread", "simple-spread-v3").replace("ALGORITHM", "mappo"))
    assert "tensorboard is given twice" in said(capsys, "config", str(file), "loggers=[tensorboard, tensorboard]")
    assert main(["config", str(file), "loggers=[tensorboard, {name: tensorboard, folder: other}]"]) == 0


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (UnfitError("width: too wide", "Make it narrow."), "Make it narrow."),
        (ValueError("width: too wide"), "Change algorithm.width."),
        (ValueError("width and depth differ"), "Change one of them."),
    ],
)
def test_settings_that_do_not_fit_each_other_say_what_to_change(error, fix):
    class Settings:
        def __init__(self, width, depth):
            raise error

    with pytest.raises(ConfigError) as caught:
        make_settings(Settings, {"width": 1, "depth": 1}, ("algorithm",), Places("x.yaml", ConfigError))
    assert caught.value.where.startswith("algorithm.width (")
    assert caught.value.fix == fix


def test_a_wrong_entry_of_a_list_is_not_mended_by_a_list():
    smax = "{name: smax/terran-5v5-v1, weights: [0.1, x]}"
    with pytest.raises(ConfigError) as caught:
        compose({"algorithm": "mappo"}, [f"environment={smax}"], load_registry())
    assert caught.value.where.startswith("environment.weights[1] (")
    assert caught.value.fix == "Change environment.weights[1]."


def test_settings_of_a_component_alone_are_given_without_its_kind():
    with pytest.raises(ConfigError) as caught:
        compose_component("algorithm", "dagger", load_registry())
    assert caught.value.fix == "Give teacher=NAME."
    compose_component("algorithm", "dagger", load_registry(), None, ["teacher=random"])


def test_all_presets_are_counted():
    with pytest.raises(ConfigError) as caught:
        compose({"environment": "smax", "algorithm": "mappo"}, [], load_registry())
    assert caught.value.choices[-1] == "and 24 more: `quorate show smax`"
