"""What a file of reference results may hold, and how it is told what it may not."""

import pytest

from quorate.errors import ManifestError
from quorate.studies.references.model import Source
from quorate.studies.references.reading import parse_references

GOOD = """\
schema: 1
references:
  - name: acme/game
    summary: A game that is won.
    source: ours
    configuration: {environment: acme/game-v1, algorithm: acme/learner}
    metric: return/mean
    statistic: mean over seeds
    points:
      - {train_steps: 20, values: {"0": 1.5, "1": 2}}
      - {train_steps: 10, environment_steps: 200, values: {"0": 1, "5": 1.25}}
    conventions: {reward: sum over agents, environment_steps_per_train_step: 20}
    versions: {quorate: "0.1.0"}
  - name: acme/simulated
    summary: A simulator that is not here.
    source: published
    paper: arXiv:2304.09870
    configuration: null
    simulator: a robot
    metric: return/mean
    goal: minimise
    statistic: mean of the figure
    points: [{mean: 5.0, std: 0.5, seeds: unknown}, {low: 1, high: 2, read_off: 0.5, environment_steps: 7}]
    conventions: {reward: not said}
    notes: [Read by eye.]
"""


def test_a_good_file():
    ours, published = parse_references(GOOD, "their.yaml", namespace="acme")
    assert (ours.source, ours.where, ours.configuration["algorithm"]) == (
        Source.OURS,
        "their.yaml, line 3",
        "acme/learner",
    )
    assert [point.train_steps for point in ours.points] == [10, 20]  # the smallest first
    assert ours.points[0].values == {0: 1.0, 5: 1.25}
    assert (published.configuration, published.simulator, published.goal) == (None, "a robot", "minimise")
    assert [(point.mean, point.low, point.seeds) for point in published.points] == [(5.0, None, None), (None, 1, None)]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("schema: 1", "schema: 2", 1, "this version reads 1"),
        ("metric: return/mean\n    statistic", "metrik: return/mean\n    statistic", 7, "Did you mean 'metric'"),
        ("    summary: A game that is won.\n", "", 3, "'summary' is missing in reference 1 (acme/game)"),
        ("name: acme/simulated", "name: acme/game", 14, "given twice"),
        ("name: acme/game", "name: other/game", 3, "outside the namespace"),
        ("source: ours", "source: mine", 5, "choices: ours, published"),
        ("acme/learner}", "acme/learner, budget: {train_steps: 3}}", 6, "points have the budgets"),
        ('    versions: {quorate: "0.1.0"}\n', "", 5, "is ours, so it needs 'versions'"),
        ("    simulator: a robot\n", "", 18, "'simulator' must say what it needs"),
        ("    paper: arXiv:2304.09870\n", "", 16, "is published, so it needs 'paper' or 'url'"),
        ('values: {"0": 1.5, "1": 2}', 'values: {"0": 1.5}', 10, "at least two seeds"),
        ('values: {"0": 1.5, "1": 2}', 'values: {"0": 1.5, "1": .nan}', 10, "at least two seeds"),
        ('values: {"0": 1.5, "1": 2}', "mean: 3, seeds: 2", 10, "'values' is missing in point 1"),
        ("std: 0.5, seeds: unknown", 'std: 0.5, seeds: 3, values: {"0": 1, "1": 2}', 23, "'values' does not belong"),
        ("mean: 5.0, std: 0.5, seeds: unknown", "mean: 5.0", 23, "'seeds' is missing"),
        ("low: 1, high: 2", "low: 3, high: 2", 23, "low is above high"),
        ("train_steps: 20, values", "values", 9, "every point needs train_steps"),
        ("train_steps: 20", "train_steps: 10", 9, "two points of the same train_steps"),
        ("reward: sum over agents", "rewards: sum over agents", 12, "has the key 'rewards'"),
        ("reward: sum over agents", "evaluation_actions: sampeld", 12, "choices: greedy, sampled, exact"),
        ("notes: [Read by eye.]", "notes: Read by eye.", 25, "list of texts"),
    ],
)
def test_mistakes_are_told_with_their_line(old, new, line, said):
    assert GOOD.count(old) >= 1
    with pytest.raises(ManifestError) as caught:
        parse_references(GOOD.replace(old, new, 1), "their.yaml", namespace="acme")
    assert said in str(caught.value)
    assert f"their.yaml, line {line}" in str(caught.value)
    assert caught.value.fix
