import pytest

from quorate.errors import ManifestError
from quorate.registry.fit import fact_in_words, fits, in_words, misfits
from quorate.registry.manifest import parse_manifest

MADE_FOR = {"actions": ["continuous"], "state": True, "agents": ">=2", "observability": ["full", "collective"]}
SUITABLE = {"actions": "continuous", "state": "binary", "agents": 2, "observability": "full", "posterior": True}


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        ("actions", "discrete"),
        ("actions", "mixed"),
        ("state", "none"),
        ("state", False),
        ("agents", 1),
        ("observability", "partial"),
    ],
)
def test_each_requirement_is_held_against_its_fact(key, fact):
    assert misfits(MADE_FOR, SUITABLE) == []
    assert misfits(MADE_FOR, {**SUITABLE, key: fact}) == [key]
    assert misfits({}, {**SUITABLE, key: fact}) == []


@pytest.mark.parametrize(("wanted", "fitting"), [(">=2", [2, 3, 9]), ("<=2", [1, 2]), ("==2", [2]), (">= 10", [])])
def test_numbers_of_agents(wanted, fitting):
    assert [n for n in (1, 2, 3, 9) if not misfits({"agents": wanted}, {"agents": n})] == fitting


def test_what_is_not_told_is_no_misfit_but_not_known_to_fit():
    assert misfits(MADE_FOR, {}) == []
    assert not fits(MADE_FOR, {})
    assert not fits(MADE_FOR, {"actions": "continuous"})
    assert fits(MADE_FOR, SUITABLE)
    assert fits({}, {})


def test_words():
    words = "continuous actions, a state, at least 2 agents, full or collective observability"
    assert in_words(MADE_FOR) == words
    assert in_words({}) == ""
    assert in_words({"agents": "==1"}) == "exactly 1 agent"
    facts = {"actions": "mixed", "state": False, "agents": 1}
    assert [fact_in_words(key, value) for key, value in facts.items()] == ["mixed actions", "no state", "1 agent"]


def row(tags: str) -> str:
    return f"schema: 1\ncomponents:\n- kind: algorithm\n  name: a/b\n  target: a.b:C\n  summary: S.\n  tags: {tags}\n"


@pytest.mark.parametrize(
    ("requires", "words"),
    [
        ("[continuous]", "must hold a mapping under 'requires'"),
        ("{action: [continuous]}", "requires 'action', .*Did you mean 'actions'"),
        ("{actions: continuous}", "requires actions: 'continuous'.*Give a list"),
        ("{actions: [continous]}", "requires actions.*choices: discrete, continuous"),
        ("{actions: []}", "requires actions"),
        ("{observability: [some]}", "requires observability"),
        ("{state: false}", "requires state: False.*leave it out"),
        ("{agents: 2}", "requires agents: 2"),
        ("{agents: '> 2'}", "requires agents"),
    ],
)
def test_a_row_that_requires_nonsense_is_refused(requires, words):
    with pytest.raises(ManifestError, match=f"(?s){words}") as caught:
        parse_manifest(row(f"{{requires: {requires}}}"), "their.yaml")
    assert "their.yaml, line 7" in str(caught.value)


def test_a_row_says_how_it_acts_in_evaluations_in_one_of_three_words():
    with pytest.raises(ManifestError, match=r"(?s)has 'best' for evaluation_actions.*choices: greedy, sampled, exact"):
        parse_manifest(row("{evaluation_actions: best}"), "their.yaml")


@pytest.mark.parametrize("tags", ["{gives: likelihood}", "{policy_gives: [luck]}", "{gives: 3}"])
def test_a_policy_gives_what_there_is_to_give(tags):
    with pytest.raises(ManifestError, match=r"(?s)gives.*choices: likelihood, reparameterised, projectable"):
        parse_manifest(row(tags), "their.yaml")


def test_a_row_that_requires_something_sensible_is_accepted():
    requires = "{actions: [discrete, continuous], agents: '>=2', state: true, observability: [full]}"
    (parsed,) = parse_manifest(row(f"{{requires: {requires}, other: 1}}"), "their.yaml").rows
    assert parsed.tags["requires"]["agents"] == ">=2"
