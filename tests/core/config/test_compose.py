import subprocess
import sys
from pathlib import Path

import pytest

from quorate.config import compose
from quorate.errors import ConfigError, QuorateError
from quorate.registry import load_registry

BASE = (Path(__file__).parent / "conftest.py").read_text().split('"""\\\n')[1].split('"""')[0]


def test_values_defaults_and_presets(composed):
    settings = composed().settings
    assert settings.environment.settings.length == 6
    assert settings.environment.settings.shape == "line"
    assert settings.environment.target == "quorate_toy.environment:Line"
    algorithm = settings.algorithm.settings
    assert algorithm.net.settings.width == 4
    assert [probe.settings.width for probe in algorithm.probes] == [32, 8]
    assert algorithm.optimiser.rate == 1e-3
    assert algorithm.optimiser.betas == (0.8, 0.9)
    assert algorithm.weights == [1.0, 2.0]
    assert (settings.seed, settings.device, settings.log.every, settings.checkpoint.every) == (0, "cpu", 50, 500)
    assert settings.name == "first"


def test_components_in_order(composed):
    names = [(part.kind, part.name) for part in composed().components()]
    assert names == [
        ("environment", "toy/line-v1"),
        ("algorithm", "toy/regression"),
        ("denoiser", "toy/net"),
        ("denoiser", "toy/wide"),
        ("denoiser", "toy/net"),
    ]


@pytest.mark.parametrize(
    "override",
    [
        "algorithm.net=toy/wide",
        "algorithm.net={name: toy/wide}",
        "environment=toy/ring-v1",
        "algorithm.probes=[]",
        "algorithm.probes[1]=toy/wide",
        "algorithm.teacher=toy/net",
    ],
)
def test_one_line_swaps_one_component(composed, override):
    before, after = composed().to_dict(), composed(override).to_dict()
    key = override.partition("=")[0].partition("[")[0].split(".")
    assert before != after
    for tree in (before, after):
        inner = tree
        for part in key[:-1]:
            inner = inner[part]
        del inner[key[-1]]
    assert before == after


def test_swapped_component_has_its_own_defaults(composed):
    assert composed("algorithm.net=toy/wide").settings.algorithm.settings.net.settings.width == 32


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("seed=${budget.train_steps}", "algorithm.teacher=${algorithm.net}"),
        ("algorithm.net.label='1e-3'", "directory='no'"),
        (r"algorithm.net.label='\${seed} \\\${x}'",),
        ("algorithm.net.label='true'", "algorithm.scale=2.0"),
        ("algorithm.net.label='~'", "algorithm.scale=2"),
        ('algorithm.net.label="a\\nb: c # d"', "threads=null"),
        ("algorithm.net.label='2024-01-01'", "algorithm.optimiser.rate=1e-300"),
    ],
)
def test_resolved_yaml_composes_to_the_same(composed, overrides):
    first = composed(*overrides)
    again = composed(text=first.to_yaml(), name="again.yaml")
    assert again == first
    assert again.to_yaml() == first.to_yaml()
    assert "${" not in composed().to_yaml()


def test_references(composed):
    run = composed("seed=${budget.train_steps}", "algorithm.net.width=${algorithm.batch}", "name=run-${seed}")
    assert run.settings.seed == 10
    assert run.settings.algorithm.settings.net.settings.width == 16
    assert run.settings.name == "run-10"


def test_name_key_of_a_default_component(composed):
    text = "environment: toy/line-v1\nalgorithm: {name: toy/regression, net: {width: 3}}\nbudget: {train_steps: 1}\n"
    assert composed(text=text).settings.algorithm.settings.net.settings.width == 3
    run = composed("algorithm.net.dropout=0.1", text=text.replace(", net: {width: 3}", ""))
    assert run.settings.algorithm.settings.net.settings.dropout == 0.1


@pytest.mark.parametrize(
    ("override", "where", "problem", "choice"),
    [
        ("sede=1", "sede", "There is no key 'sede' in a run", "seed"),
        ("algorithm.optimiser.rat=1", "algorithm.optimiser.rat", "no key 'rat'", "rate"),
        ("algorithm.probes[1].widht=1", "algorithm.probes[1].widht", "in the denoiser 'toy/net'", "width"),
        ("algorithm.net=toy/nett", "algorithm.net.name", "no denoiser 'toy/nett'", "toy/net"),
        ("algorithm.net=toy/line-v1", "algorithm.net.name", "is of the kind environment", "toy/net"),
        ("algorithm.net.width=0", "algorithm.net.width", "at least 1", None),
        ("algorithm.net.dropout=1", "algorithm.net.dropout", "less than 1", None),
        ("algorithm.optimiser.rate=0", "algorithm.optimiser.rate", "greater than 0", None),
        ("environment.length=101", "environment.length", "at most 100", None),
        ("algorithm.weights=[1, -1]", "algorithm.weights[1]", "at least 0", None),
        ("algorithm.weights=[1, x]", "algorithm.weights[1]", "Expected a number", None),
        ("algorithm.tags={a: 10}", "algorithm.tags.a", "at most 9", None),
        ("algorithm.tags={a: x}", "algorithm.tags.a", "Expected a whole number", None),
        ("algorithm.mode=medium", "algorithm.mode", "no valid choice", "slow"),
        ("environment.shape=square", "environment.shape", "no valid choice", "ring"),
        ("algorithm.net.width=2.0", "algorithm.net.width", "Expected a whole number, found 2.0", None),
        ("algorithm.net.width='2'", "algorithm.net.width", "found the text '2'", None),
        ("algorithm.net.width=true", "algorithm.net.width", "found true", None),
        ("algorithm.flag=1", "algorithm.flag", "Expected true or false", None),
        ("algorithm.flag=yes", "algorithm.flag", "found the text 'yes'", None),
        ("algorithm.net.label=1", "algorithm.net.label", "Expected text", None),
        ("algorithm.optimiser.rate=.nan", "algorithm.optimiser.rate", "finite", None),
        ("algorithm.optimiser.rate=.inf", "algorithm.optimiser.rate", "finite", None),
        ("algorithm.optimiser.betas=[0.1]", "algorithm.optimiser.betas", "list of 2", None),
        ("algorithm.optimiser=fast", "algorithm.optimiser", "Expected a mapping", "rate"),
        ("algorithm.optimiser.warm=10", "algorithm.optimiser.warm", "warm must be less than steps", None),
        ("algorithm.net=null", "algorithm.net", "Expected a component", None),
        ("algorithm.net=3", "algorithm.net", "Expected a component", None),
        ("algorithm.probes=3", "algorithm.probes", "Expected a list", None),
        ("algorithm.probes=[{}]", "algorithm.probes[0]", "has no name", "toy/net"),
        ("algorithm.scale=x", "algorithm.scale", "Expected a whole number or a number or null", None),
        ("budget={}", "budget.train_steps", "The value is missing", None),
        ("environment='???'", "environment", "The environment is missing", "toy/line-v1"),
        ("seed=${sed}", "seed", "'sed' not found", None),
        ("seed=${seed}", "seed", "can not be resolved", None),
        ("seed=${oc.env:HOME}", "seed", "calls a resolver", None),
        ("device=${oc.env:HOME,x}", "device", "calls a resolver", None),
        ("device='${x'", "device", "can not be resolved", None),
        ("name=a/b", "name", "can not name a run", None),
        ("name=..", "name", "can not name a run", None),
    ],
)
def test_every_mistake_names_its_key(composed, override, where, problem, choice):
    with pytest.raises(ConfigError) as caught:
        composed(override)
    assert problem in caught.value.problem
    assert caught.value.where == f"{where} (command line: {override})"
    assert choice is None or choice in caught.value.choices


def test_mistakes_in_the_file_name_the_line(composed):
    for line, bad in [(6, ("width: 4", "widht: 4")), (9, ("dropout: 0.5", "dropout: 5")), (3, ("6", "x"))]:
        with pytest.raises(ConfigError) as caught:
            composed(text=BASE.replace(*bad, 1))
        assert f"first.yaml, line {line})" in caught.value.where


def test_settings_that_can_not_be_imported(composed):
    with pytest.raises(QuorateError, match="nowhere"):
        composed("algorithm.net=toy/broken")


@pytest.mark.parametrize(
    "override", ["x", "=1", "a..b=1", "[0]=1", "a[=1", "a b=1", "seed=[1", "seed=!!python/name:os.system x", "a.=1"]
)
def test_malformed_overrides(composed, override):
    with pytest.raises(ConfigError) as caught:
        composed(override)
    assert override in str(caught.value)


def test_a_second_file_is_no_override(composed, tmp_path):
    for path, word in ((tmp_path / "x.yaml", "file"), (tmp_path, "folder")):
        (tmp_path / "x.yaml").touch()
        with pytest.raises(ConfigError, match=f"is a {word}, and no override; one is taken at a time") as told:
            composed(str(path))
        assert told.value.where == f"command line: {path}"


@pytest.mark.parametrize(
    "override", ["algorithm.probes[2]=toy/net", "algorithm.probes.width=3", "seed.x=3", "loggers[0]=x"]
)
def test_overrides_that_do_not_fit_the_file(composed, override):
    with pytest.raises(ConfigError) as caught:
        composed(override)
    assert override in str(caught.value)


def test_missing_and_defaulted_names(tmp_path, toy_registry):
    path = tmp_path / "a b (1).yaml"
    path.write_text(BASE)
    assert compose(path, (), toy_registry).settings.name == "a-b-1"


def test_no_torch():
    """Composing imports settings modules only."""
    code = (
        "import sys; from pathlib import Path; from quorate.config import compose;"
        "from quorate.registry import load_registry; compose(Path(sys.argv[1]), (), load_registry([sys.argv[2]]));"
        "print([m for m in ('torch', 'numpy', 'gymnasium') if m in sys.modules])"
    )
    toy = Path(__file__).parents[1] / "run" / "toy" / "registry.yaml"
    file = toy.parent / "example.yaml"
    done = subprocess.run([sys.executable, "-c", code, str(file), str(toy)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_built_in_components_compose(tmp_path):
    text = "environment: sensor-network/5x5-v1\nalgorithm: state-inference\nbudget: {train_steps: 1}\n"
    path = tmp_path / "x.yaml"
    path.write_text(text)
    assert compose(path, (), load_registry()).settings.environment.settings.grid == [5, 5]


@pytest.mark.parametrize(
    ("override", "fix"),
    [
        ("algorithm.net.dropout=1.5", "Give a number that is at least 0.0 and less than 1.0."),
        ("directory=", "Give directory: text."),
        ("algorithm.mode=medium", "Choose one of these."),
        ("algorithm.net.dropout=nan", "Give a finite number."),
        ("algorithm.nett=toy/net", "Write 'net', or remove it."),
        ("evaluation.at_start=3", "Give evaluation.at_start: true or false."),
    ],
)
def test_every_misfit_has_a_fix(composed, override, fix):
    with pytest.raises(ConfigError) as caught:
        composed(override)
    assert caught.value.fix == fix


def test_one_component_stands_for_a_list_of_one(composed) -> None:
    short = composed("algorithm.probes=toy/net")
    assert short.to_dict() == composed("algorithm.probes=[toy/net]").to_dict()
    assert composed("algorithm.probes={name: toy/net}").to_dict() == short.to_dict()


@pytest.mark.parametrize(
    "override",
    [
        "algorithm.net={name:toy/net}",
        "algorithm.net={name: toy/net,width:3}",
        "algorithm={name: toy/regression, net: {name:toy/net}}",
        "algorithm={name:toy/regression,net:{width:3}}",
        "algorithm.probes=[{name:toy/net}]",
    ],
)
def test_a_missing_space_after_a_colon_is_told(composed, override):
    with pytest.raises(ConfigError) as caught:
        composed(override)
    assert "space after each colon" in caught.value.fix
    assert caught.value.where == f"command line: {override}"


def test_a_colon_inside_text_is_no_missing_space(composed):
    with pytest.raises(ConfigError) as caught:
        composed("algorithm.mode=a:b")
    assert caught.value.problem == "The text 'a:b' is no valid choice."


def test_a_wrong_choice_is_shown_as_it_was_written(composed):
    with pytest.raises(ConfigError, match="The text 'SLOW' is no valid choice"):
        composed("algorithm.mode=SLOW")
