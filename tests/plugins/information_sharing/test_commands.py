import json
import os
import stat

import pytest

from quorate.cli.main import main

PRIVATE = ["observation 1 of step 2", "observation 1 of step 3"]


@pytest.fixture
def run(capsys):
    def show(*words):
        code = main(["information", "show", *words])
        out, err = capsys.readouterr()
        return code, out + err

    return show


def test_show_says_what_is_common_and_private(run):
    code, text = run("tabular/dec-tiger-v1", "--structure", "one-step")
    assert code == 0
    assert "agent 1 alone: observation 1 of step 3\n" in text
    assert "the same for all strategies" in text
    assert "which agrees" in text
    assert "with gamma 0 to 0.7" in text


def test_json_and_settings(run):
    found = json.loads(run("tabular/dec-tiger-v1", "--structure", "none", "--json", "hearing=[1.0,0.6]")[1])
    assert found["strategy_independent"] is False
    assert found["enumeration_agrees"]
    assert [item for item in found["private"]["agent 1"] if item.startswith("observation")] == PRIVATE
    assert found["observability"]["largest"] == pytest.approx(1.0)
    assert found["delays"]["observation"] == [[0, None], [None, 0]]


@pytest.mark.parametrize(
    ("structure", "name"),
    [("2", "delayed(2)"), ("[[0, 1], [null, 0]]", "observations 0 1 / never 0, actions 1 1 / never 1")],
)
def test_structures_are_given_as_in_configurations(run, structure, name):
    code, text = run("tabular/dec-tiger-v1", "--structure", structure, "--steps", "1")
    assert code == 0
    assert text.startswith(f"dec-tiger under {name}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tabular/dec-tiger-v1", "--structure", "[0"], "Malformed YAML"),
        (["tabular/dec-tiger-v1", "--structure", "[[0, x], [1, 0]]"], "whole number of steps"),
        (["tabular/dec-tiger-v1", "--structure", "ful"], "no information structure 'ful'"),
        (["memory-game-v1"], "no game of tables"),
        (["tabular/dec-tiger-v1", "hearing=[2]"], "two probabilities"),
        (["tabular/dec-tiger-v1", "--steps", "9"], "more than"),
        (["tabular/grid-small-v1", "hearing=[0.9,0.9]"], "nothing is heard in grid-small"),
        (["tabular/file-v1", "file=/dev/zero"], "larger than 64 MiB"),
    ],
)
def test_what_is_refused(run, words, says):
    code, text = run(*words)
    assert code == 2
    assert says in " ".join(text.split())


CALL = ["information", "values", "tabular/recycling-v1", "--quiet", "--horizon", "4"]


def test_a_figure_that_can_not_be_written_is_told_before_planning(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    for place, says in (
        (tmp_path, "is a folder"),
        (tmp_path / "file" / "x.png", "no folder"),
        (tmp_path / "pipe", "a pipe"),
    ):
        assert main([*CALL, "--figure", str(place)]) == 2
        captured = capsys.readouterr()
        assert says in captured.err
        assert captured.out == ""
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_values_are_printed_and_drawn(tmp_path, capsys):
    picture = tmp_path / "values.png"
    assert main([*CALL, "--json", "--structure", "one-step", "--structure", "none", "--figure", str(picture)]) == 0
    found = json.loads(capsys.readouterr().out)
    one, none = found["structures"]
    assert (one["exact"], one["lower"]["value"]) == (True, pytest.approx(13.51625))
    assert none["upper"]["value"] == pytest.approx(13.38)
    assert none["upper"]["because"] == "planned: delayed(2)"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_table_tells_certificates(capsys):
    assert main(CALL) == 0
    assert "a policy that shares nothing" in capsys.readouterr().out


def test_a_game_without_tables_is_refused(capsys):
    assert main(["information", "values", "memory-game-v1", "--quiet"]) == 2
    assert "choices:" in capsys.readouterr().err


def test_opponents_are_planned_where_beliefs_allow_it(tmp_path, capsys):
    words = ["information", "values", "tabular/individual-tiger-v1", "--quiet", "--horizon", "3", "--json"]
    assert main([*words, "--figure", str(tmp_path / "values.png"), "hearing=[0.85,0.6]"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["structures"]] == ["full", "one-directional(1)", "one-step"]
    assert [one["values"][0] for one in found["structures"]] == pytest.approx([0, 0, 4.73], abs=1e-6)
    assert found["solution"] == "zero-sum"
    assert "delayed(2): what agents believe" in found["notes"][0]
    assert (tmp_path / "values.png").read_bytes().startswith(b"\x89PNG")
    assert main([*words, "--solution", "team"]) == 2
    assert "pays its agents differently" in capsys.readouterr().err


def test_why_values_are_bounded_is_told(capsys):
    assert main([*CALL, "--beliefs", "3"]) == 0
    assert "one-step is bounded, not planned: recycling reaches more than 3 beliefs" in capsys.readouterr().out


def test_an_unknown_structure_is_told(capsys):
    assert main([*CALL, "--structure", "ful"]) == 2
    assert "--structure" in capsys.readouterr().err


def test_a_manifest_that_is_named_before_the_command_is_read_once(tmp_path, capsys):
    row = "{kind: environment, name: mine/world-v1, target: 'mine:World', summary: A world.}"
    (tmp_path / "registry.yaml").write_text(f"schema: 1\ncomponents:\n  - {row}\n")
    assert main(["--manifest", str(tmp_path / "registry.yaml"), *CALL, "--structure", "full"]) == 0
    assert "planned: full" in capsys.readouterr().out


def test_finite_memory_is_compared_with_the_game(tmp_path, capsys):
    words = ["information", "values", "tabular/dec-tiger-v1", "--quiet", "--horizon", "5", "--memory", "2"]
    assert main([*words, "--structure", "one-step", "--json", "--figure", str(tmp_path / "values.png")]) == 0
    (one,) = json.loads(capsys.readouterr().out)["structures"]
    assert (one["memory"], one["model"]) == (2, pytest.approx(10.517098, abs=1e-6))
    assert one["policy"][0] == one["lower"]["value"] == pytest.approx(10.219669, abs=1e-6)
    assert one["upper"]["value"] == pytest.approx(one["model"] + one["error_bound"])
    assert one["upper"]["value"] > 10.676063
    assert main([*words, "--structure", "one-step", "--structure", "none"]) == 0
    text = capsys.readouterr().out
    assert "10.517098  10.219669  5.632585" in text
    assert "none: what agents believe in common depends" in text
    assert main([*words, "--structure", "none"]) == 2
    assert "one-step" in capsys.readouterr().err


def test_opponents_may_forget_too(capsys):
    words = ["information", "values", "tabular/individual-tiger-v1", "--quiet", "--horizon", "3", "--memory", "1"]
    assert main([*words, "--structure", "one-step", "hearing=[0.85,0.6]"]) == 0
    assert "4.730000  4.730000  -4.730000  0.0e+00" in capsys.readouterr().out
