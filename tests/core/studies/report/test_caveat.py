"""How far numbers carry, and what they are over, stands beside them in the page, in Markdown and in the terminal."""

import json
import shutil

import pytest
from report_folders import write_comparison

from quorate.cli.main import main
from quorate.studies.report.caveat import few_seeds, over

SEEDS = {1: "intervals are missing or too narrow", 3: "the intervals are too narrow", 5: None}


def written(folder, capsys):
    assert main(["report", str(folder), "--bootstrap", "20"]) == 0
    report = folder / "report"
    page = (report / "index.html").read_text()
    headline = page[page.index('<section class="result"') : page.index("</section>")]
    markdown = (report / "report.md").read_text().partition("\n## ")[0]
    return json.loads((report / "report.json").read_text()), page, headline, markdown, capsys.readouterr().out


@pytest.mark.parametrize("seeds", SEEDS)
def test_few_seeds_are_told_beside_the_headline(tmp_path, capsys, seeds):
    folder = write_comparison(tmp_path / "x", environments=["toy/line-v1"], seeds=list(range(seeds)))
    report, _, headline, markdown, printed = written(folder, capsys)
    text = few_seeds(report)
    assert text == (f"Few seeds ({seeds}): {SEEDS[seeds]}." if SEEDS[seeds] else "")
    for place in (headline, markdown, printed):
        assert ("Few seeds" in place) is bool(text)
        assert text in place


@pytest.mark.parametrize("complete", [True, False])
def test_environments_that_aggregates_are_over_are_named(tmp_path, capsys, complete):
    folder = write_comparison(tmp_path / "x", seeds=[0, 1, 2, 3])
    if not complete:
        shutil.rmtree(folder / "runs" / "large" / "toy-grid-v1")
    report, page, headline, markdown, printed = written(folder, capsys)
    assert over(report) == ("" if complete else "toy/line-v1")
    assert ("(all, normalised)" in printed) is complete
    assert ("(toy/line-v1, normalised)" in printed) is not complete
    assert ("Over toy/line-v1 only." in page) is not complete
    assert ("Over all environments, normalised" in (folder / "report" / "report.md").read_text()) is complete
    for place in (headline, markdown):
        assert "large is better than small" in place
        assert ("in toy/line-v1 only" in place) is not complete
