"""The checks of environments are checked: each catches what it is for, and nothing else catches that."""

import pytest
from broken_worlds import BREAKERS, manifest

from quorate.errors import QuorateError
from quorate.registry import Registry, load_registry
from quorate.testing import Finding, Status, assert_conforms, check_component, checks_of
from quorate.testing.environment import CHECKS


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    path = tmp_path_factory.mktemp("worlds") / "worlds.yaml"
    path.write_text(manifest(), encoding="utf-8")
    return load_registry([path], plugins=False)


def failures(registry: Registry, name: str) -> list[Finding]:
    findings = check_component(registry, "environment", f"worlds/{name}-v1")
    return [finding for finding in findings if finding.status is Status.FAILED]


def test_every_check_has_a_breaker() -> None:
    assert set(BREAKERS) | {"row"} == {check.name for check in checks_of("environment")}
    assert len(CHECKS) == len({check.name for check in CHECKS})


@pytest.mark.parametrize("name", ["row", *BREAKERS])
def test_a_check_alone_catches_its_breaker(worlds: Registry, name: str) -> None:
    (failure,) = failures(worlds, name)
    assert failure.check == name
    assert failure.expected
    assert failure.found
    assert failure.read == f"quorate check --list --kind environment --only {name}"


def test_the_sound_one_passes_every_check_that_applies(worlds: Registry) -> None:
    findings = check_component(worlds, "environment", "worlds/sound-v1")
    assert {finding.status for finding in findings} == {Status.PASSED}, [f for f in findings if f.found]


def test_a_pettingzoo_environment_passes(worlds: Registry) -> None:
    assert_conforms(worlds, "environment", "worlds/bridged-v1")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("collective", ["one observation", "so it is partial"]),
        ("full", ["does not", "of its range"]),
        ("joint", ["joint observation determines the state", "declare it collective"]),
        ("smooth", ["joint observation determines the state", "a predictor explains"]),
    ],
)
def test_wrong_declarations_of_observability(worlds: Registry, name: str, words: list[str]) -> None:
    (failure,) = failures(worlds, name)
    assert failure.check == "observability"
    assert all(word in failure.found for word in words), failure.found


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("no-outcomes", "outcomes", "is nan in"),
        ("infinite", "outcomes", "is inf in"),
        ("unpaid", "reward", "False in the reset"),
    ],
)
def test_wrong_outcomes_and_rewards(worlds: Registry, name: str, check: str, words: str) -> None:
    findings = check_component(worlds, "environment", f"worlds/{name}-v1", only=[check])
    (failure,) = [finding for finding in findings if finding.status is Status.FAILED]
    assert failure.check == check
    assert words in failure.found


@pytest.mark.filterwarnings("ignore:.*called like an action mask")
@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("legal", "parallel", "infos[agent]['legal_moves'] of agent 'a' in step 0"),
        ("aside", "action-masks", "something called info['action_mask'] in the reset"),
    ],
)
def test_masks_that_are_not_used(worlds: Registry, name: str, check: str, words: str) -> None:
    found = {failure.check: failure.found for failure in failures(worlds, name)}
    assert found[check] == words


def test_the_checks_need_each_other_in_their_order() -> None:
    known = set()
    for check in CHECKS:
        assert set(check.needs) <= known
        known.add(check.name)


def test_what_needs_a_failed_check_is_skipped(worlds: Registry) -> None:
    findings = {finding.check: finding for finding in check_component(worlds, "environment", "worlds/run-v1")}
    assert "the axle broke" in findings["run"].found
    assert "broken_worlds.py" in findings["run"].found
    assert findings["resume"].status is Status.SKIPPED
    assert "failed" in findings["resume"].found


def test_an_assertion_lists_all_that_is_wrong(worlds: Registry) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_conforms(worlds, "environment", "worlds/padding-v1", length=4)
    text = str(caught.value)
    assert "fails 1 of 27 checks" in text
    assert "found:    1.0 in feature 2, the reset, row 0, agent 'right'" in text
    assert "--kind environment --only padding" in text


def test_mistakes_of_the_caller_are_no_findings(worlds: Registry) -> None:
    with pytest.raises(QuorateError, match="no check 'seeds'") as caught:
        check_component(worlds, "environment", "worlds/sound-v1", only=["seeds"])
    assert "seed" in caught.value.choices
    with pytest.raises(QuorateError, match="no key 'lenght'"):
        check_component(worlds, "environment", "worlds/sound-v1", lenght=3)
    with pytest.raises(QuorateError, match="no kind"):
        checks_of("environments")
