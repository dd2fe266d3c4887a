"""What the fairness guard finds, and that it finds nothing where variants differ in their patches alone."""

import pytest

from quorate.cli.compare import _conclude
from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.registry import load_registry
from quorate.studies.compare import guard
from quorate.studies.compare.execute import Result, inspect
from quorate.studies.compare.project import Project, Wishes


def found(comparer, variants, **keys):
    comparer.write(variants=variants, **keys)
    return {finding.name: finding for finding in guard.findings(guard.differences(comparer.plan()), [])}


def keys(finding):
    return {difference.key for difference in finding.differences}


def test_patches_alone_are_fair(comparer):
    variants = {
        "plain": {},
        "wide": {"algorithm.net": "toy/wide"},
        "both": {"algorithm": {"net": {"name": "toy/wide", "dropout": 0.1}, "optimiser.rate": 0.1}},
        "probed": {"algorithm.probes": ["toy/wide", "toy/net"]},
    }
    assert found(comparer, variants, environments=["toy/line-v1", "toy/ring-v1"]) == {}


PROTECTED = {
    "budget": {"budget.train_steps": 7},
    "evaluation-protocol": {"evaluation": {"every": 3}},
    "compute": {"threads": 2},
    "environment-settings": {"environment.length": 6},
}


@pytest.mark.parametrize("name", PROTECTED)
def test_protected_though_patched(comparer, name):
    findings = found(comparer, {"plain": {}, "other": PROTECTED[name]})
    assert list(findings) == [name]
    (difference,) = findings[name].differences
    assert difference.declared
    assert difference.values["plain"] != difference.values["other"]
    assert not findings[name].accepted


def acting(algorithm, **settings):
    return {"algorithm": {"name": algorithm, **settings}}


@pytest.mark.parametrize(
    ("variants", "mode", "values"),
    [
        ({"a": acting("ddpl"), "b": acting("mappo")}, None, {"a": "sampled", "b": "greedy"}),
        ({"a": acting("ddpl", best_of=4), "b": acting("mappo")}, None, None),
        ({"a": acting("ddpl"), "b": acting("mappo")}, "greedy", None),
        ({"a": acting("ddpl"), "b": acting("qvpo")}, None, {"a": "sampled", "b": "greedy"}),
        ({"a": acting("dacer"), "b": acting("qvpo", evaluation_samples=1)}, None, None),
    ],
)
def test_what_is_usual_is_told_before_it_is_run(comparer, variants, mode, values):
    base = {"environment": "mpe/simple-spread-v3", "budget": {"train_steps": 6}, "evaluation": {"mode": mode}}
    findings = found(comparer, variants, base=base, metric="return/mean")
    told = findings["evaluation-protocol"].differences if "evaluation-protocol" in findings else []
    assert [difference.values for difference in told if difference.key == "evaluation actions"] == [values] * bool(
        values
    )


def test_built_in_algorithms_say_how_they_act_in_evaluations():
    registry, needed = load_registry(), {"dagger": {"teacher": "random"}}
    tags = {
        row.name: compose_component("algorithm", row.name, registry, needed.get(row.name.partition("/")[0])).tags
        for row in registry.rows("algorithm")
    }
    assert [name for name, said in tags.items() if "evaluation_actions" not in said] == []


@pytest.mark.parametrize("keys", [{"checkpoint.every": 3}, {"log.every": 7}, {"loggers": ["toy/journal"]}])
def test_what_is_of_no_concern(comparer, keys):
    assert list(found(comparer, {"plain": {"algorithm.batch": 8}, "other": keys})) == []


def test_what_follows_from_a_patch_by_reference_is_undeclared(comparer):
    base = {
        "environment": "toy/line-v1",
        "algorithm": {"name": "toy/regression", "batch": 8, "optimiser": {"steps": "${algorithm.batch}"}},
        "budget": {"train_steps": 6},
    }
    findings = found(comparer, {"plain": {}, "large": {"algorithm.batch": 16}}, base=base)
    assert list(findings) == ["undeclared"]
    assert keys(findings["undeclared"]) == {"algorithm.optimiser.steps"}


def test_the_same_configuration_under_two_names(comparer):
    findings = found(comparer, {"plain": {}, "same": {"algorithm.batch": 16}, "other": {"algorithm.batch": 4}})
    assert list(findings) == ["same-configuration"]
    assert set(findings["same-configuration"].differences[0].values) == {"plain", "same"}


LEARNING = {"environment": "mpe/simple-spread-v3", "algorithm": "mappo", "budget": {"train_steps": 6}}


@pytest.mark.parametrize(
    ("patch", "names"),
    [
        ({"algorithm.environments": 4}, {"environments", "budget"}),
        ({"algorithm.rollout": 7}, {"budget"}),
        ({"evaluation.episodes": 7}, {"evaluation-protocol"}),
        ({"evaluation.mode": "sampled"}, {"evaluation-protocol"}),
        ({"algorithm.input": "state"}, {"policy-input"}),
        ({"algorithm.epochs": 3}, set()),
    ],
)
def test_of_learning_to_act(comparer, patch, names):
    assert set(found(comparer, {"plain": {}, "other": patch}, base=LEARNING)) == names


def record(**facts):
    known = {"observability": "partial", "reward": "team", "simulator": "toy 1", "agents": 2, "horizon": None}
    return {"environment": {**known, **facts}, "versions": {"torch": "2.6"}, "conventions": {}}


@pytest.mark.parametrize(
    ("fact", "name"),
    [("observability", "observability"), ("reward", "reward-convention"), ("simulator", "simulator-version")],
)
def test_what_only_records_say(comparer, fact, name):
    cells = comparer.plan()
    same = {cell.name: (cell, record()) for cell in cells}
    assert guard.recorded_differences(same) == []
    other = {**same, cells[1].name: (cells[1], record(**{fact: "another"}))}
    (finding,) = guard.findings(guard.recorded_differences(other), [])
    assert finding.name == name
    assert finding.differences[0].values == {cells[0].name: record()["environment"][fact], cells[1].name: "another"}


@pytest.mark.parametrize(
    ("convention", "name"), [("return", "reward-convention"), ("evaluation", "evaluation-protocol")]
)
def test_how_runs_are_measured_is_no_choice_of_an_algorithm(comparer, convention, name):
    records = {
        cell.name: (cell, record() | {"conventions": {convention: number, "step": number}})
        for number, cell in enumerate(comparer.plan())
    }
    (finding,) = guard.findings(guard.recorded_differences(records), [])
    assert finding.name == name
    assert keys(finding) == {f"record.conventions.{convention}"}


def test_late_findings_come_with_the_words_that_accept_them(comparer, capsys):
    rows = [guard.Difference("record.conventions.return", "toy-line-v1", {"a": 1, "b": 2}, False, "reward-convention")]
    result = Result(project(comparer).statuses(), {}, guard.findings(rows, []))
    with pytest.raises(SystemExit):
        _conclude(project(comparer), result, "quorate compare toy.yaml")
    assert "accept it: quorate compare toy.yaml --accept reward-convention\n" in capsys.readouterr().out


def test_steps_and_versions_of_records(comparer):
    one, two = comparer.plan()
    first = record() | {"conventions": {"environment_steps_per_train_step": 10}}
    second = record() | {"conventions": {"environment_steps_per_train_step": 20}, "versions": {"torch": "2.5"}}
    records = {one.name: (one, first), two.name: (two, second)}
    assert {row.concern for row in guard.recorded_differences(records)} == {"budget", "versions"}
    assert {row.concern for row in guard.outdated(records)} == {"versions"}


@pytest.mark.parametrize("part", ["environment", "versions", "conventions"])
@pytest.mark.parametrize("value", [None, 3, "text", [1], {"": {}, "environment_steps_per_train_step": [1]}])
def test_damaged_records_stop_nothing(comparer, part, value):
    one, two = comparer.plan()
    records = {one.name: (one, record()), two.name: (two, {**record(), part: value})}
    assert isinstance(guard.recorded_differences(records), list)
    assert isinstance(guard.outdated(records), list)


def project(comparer, *accept):
    comparison = comparer.read()
    return Project(comparison, comparer.plan(), comparer.folder, comparer.registry, Wishes(accept=accept))


def test_accepted_by_name(comparer):
    comparer.write(variants={"plain": {}, "other": PROTECTED["budget"]})
    assert [finding.accepted for finding in inspect(project(comparer))[2]] == [False]
    assert [finding.accepted for finding in inspect(project(comparer, "budget"))[2]] == [True]
    comparer.write(variants={"plain": {}, "other": PROTECTED["budget"]}, accept=["budget"])
    assert [finding.accepted for finding in inspect(project(comparer))[2]] == [True]
    with pytest.raises(QuorateError, match="no finding 'bugdet'"):
        inspect(project(comparer, "bugdet"))
