"""What is shipped can be run, and third parties can ship their own."""

import json
from contextlib import closing

import pytest
import torch
from rich.console import Console

from quorate.conventions import is_data
from quorate.environments import build_environment
from quorate.errors import ConfigError, ManifestError
from quorate.registry import load_registry
from quorate.run.loading import built_algorithm, built_evaluator
from quorate.run.progress import Display
from quorate.studies.references.catalogue import catalogue
from quorate.studies.references.model import Source
from quorate.studies.references.rank_sum import LEVEL, least
from quorate.studies.references.reproduce import Wanted, choose_point, default_seeds, project

REGISTRY = load_registry([], plugins=False)
SHIPPED = catalogue(REGISTRY).references
THEIRS = """\
schema: 1
references:
  - name: acme/game
    summary: A game.
    source: published
    url: https://example.org/acme
    configuration: null
    simulator: a robot
    metric: return/mean
    statistic: mean
    points: [{mean: 5, std: 1, seeds: 3}]
    conventions: {reward: sum}
"""
MANIFEST = "schema: 1\nreferences: [references.yaml]\ncomponents: []\n"


SIMULATORS = "smax/", "mamujoco/", "shadow-hands/"
"""Long runs, of which fewer seeds are stored."""


def name_of_environment(reference):
    environment = reference.configuration["environment"]
    return environment if isinstance(environment, str) else environment["name"]


def configurations():
    """Each configuration that a shipped reference has, once."""
    runnable = [reference for reference in SHIPPED.values() if reference.configuration is not None]
    return {json.dumps(reference.configuration, sort_keys=True): reference for reference in runnable}.values()


@pytest.mark.parametrize("reference", configurations(), ids=lambda reference: reference.name)
def test_every_shipped_configuration_composes(reference):
    name = name_of_environment(reference)
    if lacking := REGISTRY.missing(REGISTRY.find("environment", name, installed=False)):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    for point in reference.points:
        (cell,) = project(reference, choose_point(reference, point.train_steps), Wanted(), REGISTRY).cells
        assert cell.run.settings.budget.train_steps == point.train_steps


def test_every_shipped_result_says_where_it_is_from():
    assert len(SHIPPED) > 100
    for reference in SHIPPED.values():
        assert "reward" in reference.conventions or "psnr" in reference.conventions, reference.where
        if reference.source is Source.OURS:
            assert {"quorate", "torch", "python"} <= reference.versions.keys()
            least = 3 if name_of_environment(reference).startswith(SIMULATORS) else 5
            assert all(len(point.values) >= least for point in reference.points), reference.where


@pytest.mark.parametrize("name", ["ddpl/learnable", "hasac/simple-spread", "mappo/sensors-observation"])
def test_conventions_that_are_data_are_those_of_the_runs(name):
    reference = SHIPPED[name]
    (cell,) = project(reference, reference.points[0], Wanted(), REGISTRY).cells
    environment = build_environment(cell.run.settings.environment, 1)
    device, display = torch.device("cpu"), Display(Console())
    given = REGISTRY, device, display
    with (
        closing(environment),
        built_algorithm(cell.run, *given) as algorithm,
        built_evaluator(cell.run, algorithm, *given) as evaluator,
    ):
        here = {**algorithm.conventions(), **evaluator.conventions(), "reward_rule": environment.spec.reward_rule}
    data = {key: value for key, value in reference.conventions.items() if is_data(value)}
    assert {"reward_rule", "evaluation_episodes", "evaluation_actions"} <= data.keys()
    assert data == {key: here[key] for key in data}


def test_one_that_needs_a_simulator_says_which():
    with pytest.raises(ConfigError, match="needs Multi-Agent MuJoCo"):
        choose_point(SHIPPED["harl/ant-4x2-mappo"], None)


def test_seeds_that_nobody_chose_can_tell_something():
    for name, reference in SHIPPED.items():
        for point in reference.points if reference.configuration else ():
            seeds = default_seeds(point)
            assert not point.values or least(len(seeds), len(point.values)) <= LEVEL, name
            assert seeds == list(range(len(seeds)))


def test_a_budget_that_is_not_stored_is_refused():
    with pytest.raises(ConfigError, match="no result after 7 training steps") as caught:
        choose_point(SHIPPED["mappo/simple-reference"], 7)
    assert caught.value.choices == ("10", "20", "50", "120", "250")


def test_a_manifest_given_by_hand_names_a_file_next_to_it(tmp_path):
    (tmp_path / "registry.yaml").write_text(MANIFEST)
    (tmp_path / "references.yaml").write_text(THEIRS)
    found = catalogue(load_registry([tmp_path / "registry.yaml"], plugins=False))
    assert found.references["acme/game"].simulator == "a robot"
    (tmp_path / "references.yaml").write_text(THEIRS.replace("statistic", "statistik"))
    with pytest.raises(ManifestError, match="statistik"):
        catalogue(load_registry([tmp_path / "registry.yaml"], plugins=False))


@pytest.mark.parametrize("text", ["missing.yaml", "../registry.yaml", "nowhere:references.yaml", "[]", "{a: 1}"])
def test_a_file_that_is_not_there_is_told(tmp_path, text):
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(MANIFEST.replace("references.yaml", text))
    (tmp_path / "references.yaml").write_text(THEIRS)
    with pytest.raises(ManifestError, match=r"no file|must be a list"):
        catalogue(load_registry([manifest], plugins=False))


def install(acme, text):
    site = acme(head="schema: 1\nreferences: [acme_quorate:data/references.yaml]", rows="[]")
    site.write({"acme_quorate/data/references.yaml": text})
    return site


def test_an_installed_plugin_has_its_own_in_its_namespace(acme):
    done = install(acme, THEIRS).quorate("reproduce", "--list", "acme/", "--json")
    (found,) = json.loads(done.stdout)["references"]
    assert (found["name"], found["distribution"]) == ("acme/game", "acme-quorate")
    assert found["points"][0]["band"]["low"] == 3


@pytest.mark.parametrize("text", [THEIRS.replace("acme/game", "harl/game"), THEIRS.replace("mean: 5", "mean: five")])
def test_a_plugin_with_a_mistake_costs_only_itself(acme, text):
    done = install(acme, text).quorate("reproduce", "--list", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "decision-game/all-policies" in [found["name"] for found in answer["references"]]
    (problem,) = answer["problems"]
    assert "acme-quorate" in problem
    assert "references.yaml, line" in problem
