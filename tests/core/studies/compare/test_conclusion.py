"""What is printed when a comparison has ended."""

from types import SimpleNamespace

import pytest
from rich.console import Console

from quorate.studies.compare import conclusion
from quorate.studies.compare.conclusion import print_scores
from quorate.studies.compare.guard import Difference, Finding
from quorate.terminal import Table


def report(counts):
    """Two variants in one environment, with as many finished seeds as are given."""
    estimate = {"environment": "toy", "statistic": "mean", "point": 1.0, "low": 0.5, "high": 1.5}
    scores = [{**estimate, "variant": name, "runs": ["run"] * n} for name, n in zip("ab", counts, strict=True)]
    metric = {"name": "return/mean", "goal": "maximise", "score": "final"}
    return {"metric": metric, "bootstrap": {"confidence": 0.95}, "environments": ["toy"], "scores": scores}


@pytest.mark.parametrize(("counts", "few"), [((5, 5), None), ((2, 7), 2), ((4, 5), 4), ((0, 3), 3), ((0, 0), None)])
def test_that_seeds_are_few_is_said_below_the_intervals(capsys, counts, few):
    print_scores(SimpleNamespace(comparison=SimpleNamespace(variants=["a", "b"])), report(counts))
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert (last == f"Few seeds ({few}): the intervals are too narrow.") is (few is not None)
    assert few is not None or "Few seeds" not in last


def test_a_single_seed_has_no_interval(capsys):
    print_scores(SimpleNamespace(comparison=SimpleNamespace(variants=["a", "b"])), report((1, 5)))
    assert "Few seeds (1): intervals are missing or too narrow." in capsys.readouterr().out


def test_findings_of_six_variants_fit_a_narrow_terminal(capsys, monkeypatch):
    names = [f"variant-{index}" for index in range(6)]
    values = {name: 0.001 if index % 2 else 0.01 for index, name in enumerate(names)}
    row = Difference("algorithm.learning_rate", "mpe-simple-spread-v3", values, False, "undeclared")
    monkeypatch.setattr(conclusion, "results_console", lambda width: Console(width=80))
    conclusion.print_findings([Finding("undeclared", "Settings differ.", [row])], "What differs:")
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert all(shown.count(name) == 1 for name in names)
    assert shown.count("0.001: ") == shown.count("0.01: ") == 1
    assert max(map(len, shown.splitlines())) <= 80


def test_what_does_not_fit_a_table_is_folded(capsys):
    table = Table("name", "value")
    table.add_row("x" * 70, "y" * 70)
    Console(width=60).print(table)
    shown = capsys.readouterr().out
    assert (shown.count("x"), shown.count("y"), shown.count("…")) == (70, 70, 0)
