"""Settings that are paths: a third party's too, for the annotation says what they are."""

import dataclasses
import json
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.config.compose import compose_settings
from quorate.config.resolved import plain
from quorate.documents import Places
from quorate.errors import ConfigError
from quorate.registry.describe import describe_settings
from quorate.settings import setting

TOY = Path(__file__).parents[1] / "run" / "toy"


@dataclasses.dataclass
class Theirs:
    data: Path = setting(Path("data"), "Their data.")
    more: list[Path] = setting([], "More of them.")
    cache: Path | None = setting(None, "Their cache.")
    named: dict[str, Path] = setting({}, "By name.")


def settings(registry, **given):
    return compose_settings(Theirs, given, Places("their.yaml", ConfigError), registry)


def test_every_path_becomes_absolute(monkeypatch, tmp_path, toy_registry):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    made = settings(toy_registry, more=["a", "/b"], cache="~/c", named={"d": "../d"})
    assert plain(made) == {
        "data": f"{tmp_path}/data",
        "more": [f"{tmp_path}/a", "/b"],
        "cache": "/home/me/c",
        "named": {"d": f"{tmp_path}/../d"},
    }
    monkeypatch.chdir("/")
    assert settings(toy_registry, **plain(made)) == made


@pytest.mark.parametrize("bad", ["a\0b", "\ud800", "n" * 300, "~nobody-at-all/x"])
@pytest.mark.parametrize("at", ["data", "more[0]", "named.d", "cache"])
def test_paths_that_can_not_be_are_told_with_their_place(toy_registry, at, bad):
    key = at.partition("[")[0].partition(".")[0]
    given = {"data": bad, "cache": bad, "more": [bad], "named": {"d": bad}}[key]
    with pytest.raises(ConfigError) as caught:
        settings(toy_registry, **{key: given})
    assert caught.value.where.startswith(f"{at} (their.yaml")


def test_the_type_is_shown():
    shown = {row.key: (row.type, row.default) for row in describe_settings(Theirs)}
    assert shown["data"] == ("path", "data")
    assert shown["cache"][0] == "path or null"
    assert shown["more"][0] == "list[path]"


def test_the_folder_of_runs_is_absolute_in_what_is_stored(composed, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert f"directory: {tmp_path}/runs\n" in composed().to_yaml()
    with pytest.raises(ConfigError, match="NUL") as caught:
        composed('directory="a\\0b"')
    assert "directory (command line" in caught.value.where


OPTIONS = {
    "run FILE": ["run", "{}"],
    "resume DIR": ["resume", "{}"],
    "report --out": ["report", ".", "--out", "{}"],
    "new --directory": ["new", "plugin", "acme", "--directory", "{}"],
    "reproduce --directory": ["reproduce", "decision-game/all-policies", "--directory", "{}"],
    "check TARGET": ["check", "{}"],
    "--manifest": ["--manifest", "{}", "list"],
    "--interpreter": ["--interpreter", "other={}", "list"],
    "analyse --output": ["analyse", ".", "--output", "{}"],
    "compare directory": ["compare", str(TOY / "compare.yaml"), "directory={}"],
}


@pytest.mark.parametrize("bad", ["a\0b", "\udcff", "n" * 300], ids=["nul", "bytes", "long"])
@pytest.mark.parametrize("words", OPTIONS.values(), ids=OPTIONS)
def test_commands_tell_such_paths_before_anything_starts(capsys, monkeypatch, tmp_path, words, bad):
    monkeypatch.chdir(tmp_path)
    assert main([word.format(bad) for word in words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert "\n  fix: " in error
    assert not list(tmp_path.iterdir())


def test_home_is_expanded_where_no_shell_does_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    words = ["--manifest", str(TOY / "registry.yaml"), "run", str(TOY / "example.yaml"), "threads=1", "log.every=1"]
    assert main([*words, "budget.train_steps=1", "directory=~/runs", "--quiet", "--json"]) == 0
    assert Path(json.loads(capsys.readouterr().out)["directory"]).is_relative_to(tmp_path / "runs")
    assert main(["report", "~/runs", "--metric", "net/gain"]) == 0
    assert (tmp_path / "runs" / "report" / "index.html").exists()
