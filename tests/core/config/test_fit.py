"""Algorithms and environments that do not fit are refused before anything starts."""

from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.config import compose
from quorate.errors import ConfigError
from quorate.registry import load_registry

MANIFEST = Path(__file__).parents[1] / "run" / "toy" / "fit.yaml"


@pytest.fixture
def words(tmp_path):
    """The words of a command on a run of an environment and an algorithm."""

    def words(command, environment, algorithm, *overrides):
        file = tmp_path / "run.yaml"
        file.write_text(f"environment: {environment}\nalgorithm: {algorithm}\nbudget: {{train_steps: 2}}\nthreads: 1\n")
        here = [f"directory={tmp_path / 'runs'}", *overrides]
        return ["--manifest", str(MANIFEST), command, str(file), *here]

    return words


@pytest.mark.parametrize("command", ["run", "config"])
def test_refused_by_the_tags_with_what_would_fit(words, command, capsys, tmp_path):
    assert main(words(command, "fit/told-v1", "fit/continuous")) == 2
    error = capsys.readouterr().err
    assert "The algorithm 'fit/continuous' requires continuous actions" in error
    assert "the environment 'fit/told-v1' has discrete actions" in error
    assert "run.yaml, line 2" in error
    (choices,) = [line for line in error.splitlines() if "choices:" in line]
    assert "fit/anything" in choices
    assert "fit/continuous" not in choices
    (fix,) = [line for line in error.splitlines() if "fix:" in line]
    assert "fit/chosen-v1" in fix
    assert "fit/told-v1" not in fix
    assert not (tmp_path / "runs").exists()


def test_all_that_is_unmet_is_named_at_once(words, capsys):
    assert main(words("config", "fit/told-v1", "fit/several")) == 2
    assert "requires at least 3 agents; the environment 'fit/told-v1' has 2 agents." in capsys.readouterr().err
    assert main(words("config", "fit/crowd-v1", "fit/several")) == 2
    assert "requires a state; the environment 'fit/crowd-v1' has no state." in capsys.readouterr().err


def test_components_inside_an_algorithm_are_checked(words, capsys):
    assert main(words("config", "fit/crowd-v1", "fit/anything")) == 0
    capsys.readouterr()
    assert main(words("config", "fit/crowd-v1", "fit/anything", "algorithm.net=fit/stateful")) == 2
    error = capsys.readouterr().err
    assert "The denoiser 'fit/stateful' requires a state" in error
    assert "algorithm.net.name" in error
    assert "fit/plain" in error


def test_settings_decide_before_the_row_does(words, capsys):
    assert main(words("config", "fit/chosen-v1", "fit/continuous")) == 0
    capsys.readouterr()
    assert main(words("config", "fit/chosen-v1", "fit/continuous", "environment.actions=discrete")) == 2
    assert "'fit/chosen-v1' has discrete actions" in capsys.readouterr().err


def test_a_setting_called_tags_says_nothing(words, tmp_path):
    file = words("config", "fit/told-v1", "fit/anything")[3]
    run = compose(file, ["algorithm.tags={a: 1}"], load_registry([MANIFEST]))
    assert run.settings.algorithm.tags == {}
    assert run.settings.algorithm.settings.tags == {"a": 1}


def test_what_tags_do_not_say_is_seen_when_the_environment_is_built(words, capsys, tmp_path):
    assert main(words("config", "fit/untold-v1", "fit/continuous")) == 0
    capsys.readouterr()
    assert main(words("run", "fit/untold-v1", "fit/continuous")) == 2
    assert "the environment 'fit/untold-v1' has discrete actions" in capsys.readouterr().err
    assert not list((tmp_path / "runs").glob("*/*"))
    assert main(words("run", "fit/untold-v1", "fit/anything")) == 0


def test_tags_that_are_wrong_do_not_let_a_misfit_pass(words, capsys):
    assert main(words("run", "fit/chosen-v1", "fit/continuous")) == 2  # it is discrete in truth
    assert "the environment 'fit/chosen-v1' has discrete actions" in capsys.readouterr().err


def test_show_says_what_is_required(capsys):
    assert main(["--manifest", str(MANIFEST), "show", "fit/several"]) == 0
    assert "discrete or continuous actions, a state, at least 3 agents" in capsys.readouterr().out
    assert main(["--manifest", str(MANIFEST), "show", "fit/anything"]) == 0
    assert "requires" not in capsys.readouterr().out.lower().replace("requires nothing", "")


def test_the_error_is_one_of_configuration(words):
    file = words("config", "fit/told-v1", "fit/continuous")[3]
    with pytest.raises(ConfigError, match="requires continuous actions"):
        compose(file, [], load_registry([MANIFEST]))


def test_list_leaves_out_what_does_not_fit(capsys):
    names = {}
    for more in ([], ["--fits", "fit/told-v1"], ["--fits", "fit/untold-v1"]):
        assert main(["--manifest", str(MANIFEST), "list", "algorithm", *more]) == 0
        names[tuple(more)] = [word for word in capsys.readouterr().out.split() if word.startswith("fit/")]
    assert list(names.values()) == [["fit/anything", "fit/continuous", "fit/several"], *[["fit/anything"]] * 2]


@pytest.mark.parametrize(
    ("environment", "algorithm", "override", "fitting"),
    [
        ("memory-game-v1", "mappo", "gaussian", "categorical"),
        ("memory-game-v1", "mappo", "nothing-like-it", "categorical"),
        ("memory-game-v1", "hasac/discrete", "gaussian", "categorical"),
        ("mpe/simple-spread-v3", "ippo", "categorical", "gaussian, gaussian/squashed, gaussian/on-policy"),
        (
            "mpe/simple-spread-v3",
            "ddpl",
            "categorical",
            "gaussian, gaussian/squashed, gaussian/on-policy, ddpm, ddpm/paper",
        ),
    ],
)
def test_only_policies_that_the_algorithm_can_improve_are_offered(
    words, environment, algorithm, override, fitting, capsys
):
    assert main(words("config", environment, algorithm, f"algorithm.policy={override}")) == 2
    (choices,) = [line for line in capsys.readouterr().err.splitlines() if "choices:" in line]
    assert choices.partition("choices: ")[2] == fitting


def test_policies_give_what_their_rows_say():
    from quorate.interfaces.policy import Likelihood, Projectable, Reparameterised
    from quorate.settings import load_target

    interfaces = {"likelihood": Likelihood, "reparameterised": Reparameterised, "projectable": Projectable}
    rows = [row for row in load_registry().rows("policy") if "gives" in row.tags]
    assert {row.name.partition("/")[0] for row in rows} == {"gaussian", "categorical", "ddpm"}
    for row in rows:
        given = [name for name, interface in interfaces.items() if issubclass(load_target(row.target), interface)]
        assert sorted(row.tags["gives"]) == sorted(given)
