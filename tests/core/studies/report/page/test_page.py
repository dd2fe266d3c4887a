"""The page of a report: complete, self-contained, safe, and right about what it claims."""

import copy
import re
from html.parser import HTMLParser

import pytest

from quorate.studies.report.document import build_report, write_report
from quorate.studies.report.page import render
from quorate.studies.report.page.pairs import pairs_of
from quorate.studies.report.page.sentences import metric, result

VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}
FILES = {"report.json", "report.md", "runs.csv", "scores.csv", "marl-eval.json"}
CITATIONS = {"https://arxiv.org/abs/2108.13264", "https://arxiv.org/abs/2209.10485"}


class Page(HTMLParser):
    """What a browser would find: elements, their text, and whether they are nested as they should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def values(self, name: str, *tags: str) -> list[str]:
        return [at[name] for tag, at in self.elements if name in at and (not tags or tag in tags)]


def sized(document, size):
    return document(*size) if isinstance(size, tuple) else document(states=size)


SIZES = {
    "usual": (3, 2, 5),
    "many": (10, 12, 2),
    "one seed": (2, 1, 1),
    "one variant": (1, 1, 3),
    "nothing ran": {"*": "missing"},
    "all failed": {"*": "failed"},
    "all were cut": {"*": "stopped"},
}


@pytest.fixture(scope="module", params=SIZES.values(), ids=SIZES)
def any_report(request, document):
    return sized(document, request.param)


@pytest.fixture(scope="module")
def any_text(any_report):
    return render(any_report)


@pytest.fixture(scope="module")
def any_page(any_text):
    return Page(any_text)


def test_every_link_leads_somewhere_and_every_place_is_one(any_page):
    page = any_page
    places = page.values("id")
    assert len(places) == len(set(places))
    inner = {href[1:] for href in page.values("href") if href.startswith("#")}
    assert inner <= set(places)
    named = " ".join(page.values("aria-labelledby")).split()
    assert set(named) <= set(places)


def test_it_asks_for_nothing_from_outside(any_text, any_page):
    text, page = any_text, any_page
    assert not page.values("src")
    assert {tag for tag, _ in page.elements} & {"img", "iframe", "object", "embed", "base", "form"} == set()
    assert page.values("href", "link") == ["data:,"]
    outer = {href for href in page.values("href", "a") if not href.startswith(("#", "../runs/"))}
    assert outer == FILES | CITATIONS
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_the_same_report_gives_the_same_page(any_report, any_text):
    assert any_text == render(copy.deepcopy(any_report))


def test_every_run_is_in_the_table_with_its_state_and_folder(report):
    page = Page(render(report))
    assert {f"run-{index}" for index in range(len(report["runs"]))} <= set(page.values("id"))
    folders = {run["path"] + "/" for run in report["runs"] if run["path"]}
    assert folders <= set(page.values("href"))
    for state in ("27 finished", "1 stopped", "1 failed", "1 missing", "torch.OutOfMemoryError: out of memory"):
        assert state in page.text


def test_numbers_lead_to_the_runs_that_they_are_from(report):
    text = render(report)
    row = next(row for row in report["scores"] if row["variant"] == "pooled" and row["statistic"] == "iqm")
    cell = re.search(r'id="(runs-1-0)".*?</tbody>', text, re.S)
    anchors = [f"run-{place}" for place, run in enumerate(report["runs"]) if run["id"] in row["runs"]]
    assert all(f'id="{anchor}"' in cell[0] for anchor in anchors)
    number = f"{row['point']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
    assert f'<a href="#{cell[1]}" title="from 4 runs: seeds 0, 1, 2, 3">{number}</a>' in text


def test_names_are_text(document):
    evil = '<script>alert("x")</script>'
    found = document([evil, "a' onclick='x", "{{ 7 * 7 }}", "back\\slash \u202e&amp;"], 2, 2)
    found["title"] = found["problems"] = evil
    found["problems"] = [{"run": None, "text": evil}]
    found["runs"][0] |= {"path": "javascript:alert(1)", "error": evil}
    found["runs"][1]["path"] = "//example.org/x"
    found["differences"][0]["key"] = evil
    found["metric"]["name"] = found["base"] = evil
    text = render(found)
    page = Page(text)
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert evil in page.text
    assert "49" not in page.values("data-variant")
    assert "{{ 7 * 7 }}" in page.text
    assert not any(name.startswith("on") for _, at in page.elements for name in at)
    hrefs = page.values("href")
    assert "./javascript%3Aalert%281%29/" in hrefs
    assert ".///example.org/x/" in hrefs


def test_what_could_not_be_computed_is_said(document):
    page = Page(render(document(states={"*": "missing"})))
    assert "No run has finished yet" in page.text
    assert page.text.count("Nothing to show here: no run has finished.") == 4
    assert "svg" in {tag for tag, _ in page.elements}
    assert "figure" in {tag for tag, _ in page.elements}
    one = Page(render(document(2, 1, 1)))
    assert "there are no bands" in one.text
    assert not any(at.get("class") == "bar" for _, at in one.elements)


def test_a_difference_is_named_where_the_interval_shows_it(report):
    pairs = {pair.other: pair for pair in pairs_of(report, "composite")}
    assert pairs["individual"].verdict == "better"
    assert result(report)[0].startswith("composite is better than individual with probability")
    assert {pair.other: pair.verdict for pair in pairs_of(report, "individual")}["composite"] == "worse"


def test_no_difference_is_named_where_the_interval_has_one_half(report):
    for row in report["improvement"]:
        row |= {"point": 0.7, "low": 0.45, "high": 0.9}
    (sentence,) = result(report)
    assert sentence.startswith("No difference is shown between composite and ")
    assert "better than" not in sentence


def test_a_few_runs_show_no_difference_however_narrow_the_interval(document):
    for seeds, shown in ((2, False), (3, False), (4, True)):
        found = document(2, 1, seeds)
        found["improvement"][0] |= {"point": 0.0, "low": 0.0, "high": 0.0}  # what a bootstrap gives for two apart
        assert result(found)[0].startswith("pooled is better") is shown
        assert ("so few runs could not show one" in result(found)[0]) is not shown


def test_less_may_be_better(report):
    report["metric"]["goal"] = "minimise"
    assert "lower is better" in Page(render(report)).text


def test_what_nobody_accepted_stands_first_and_is_announced(report):
    page = Page(render(report))
    assert "The configurations differ in ways that nobody declared or accepted" in page.text
    text = page.text
    assert text.index("environment.max_steps") < text.index("algorithm.learning_rate")
    report["differences"] = report["differences"][:2]
    assert "nobody declared or accepted" not in Page(render(report)).text


def test_the_base_configuration_is_folded_and_left_out_where_there_is_none(report):
    text = render(report)
    assert "Base configuration</summary>" in text
    assert "<pre>algorithm:\n  name: state-inference\n</pre>" in text
    for none in ({**report, "base": None}, {key: value for key, value in report.items() if key != "base"}):
        assert "Base configuration" not in render(none)


def test_a_variant_looks_the_same_everywhere(report):
    page = Page(render(report))
    named = [at for _, at in page.elements if "data-variant" in at and "class" in at]
    looks = {(at["data-variant"], at["class"].split()[-1]) for at in named}
    colours = {pair for pair in looks if re.fullmatch(r"c\d", pair[1])}
    assert colours == {("0", "c0"), ("1", "c1"), ("2", "c2")}


def test_figures_and_tables_can_be_heard(any_page):
    page = any_page
    assert ("html", {"lang": "en"}) in page.elements
    figures = [at for tag, at in page.elements if tag == "svg" and at.get("aria-hidden") != "true"]
    assert all(at["role"] in ("img", "group") and at["aria-labelledby"] for at in figures)
    assert all(at.get("scope") for tag, at in page.elements if tag == "th")


def test_the_report_of_a_comparison_is_drawn(comparison):
    (path,) = [path for path in write_report(comparison) if path.name == "index.html"]
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert text == render(build_report(comparison))
    assert "large is better than small with probability" in page.text
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(page.values("id"))
    folders = [href for href in page.values("href") if href.startswith("../")]
    assert len(folders) == 12
    assert all((path.parent / folder / "result.json").is_file() for folder in folders)
    files = [href for href in page.values("href") if href in FILES]
    assert all((path.parent / name).is_file() for name in files)


def test_a_comparison_without_any_result_is_drawn(comparison):
    for result_file in comparison.rglob("result.json"):
        result_file.unlink()
    page = Page(render(build_report(comparison)))
    assert "No run has finished yet" in page.text
    assert "12 stopped" in page.text


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (["test/alone/psnr", "test/together/psnr", "test/together/psnr"], "test/…/psnr"),
        (["a/mean", "b/mean", "score"], "each variant's metric"),
        (["one", "two", "three"], "each variant's metric"),
    ],
)
def test_axes_name_what_the_variants_metrics_share(report, names, label):
    report["metric"]["name"] = dict(zip(report["variants"], names, strict=True))
    assert metric(report) == label
    assert all(f"{name} ({variant})" in render(report) for variant, name in report["metric"]["name"].items())


def test_variants_may_have_metrics_of_their_own(report):
    report["metric"]["name"] = {"individual": "return/mean", "pooled": "return/mean", "composite": "score"}
    text = Page(render(report)).text
    assert "return/mean (individual), return/mean (pooled) and score (composite)" in text
    report["metric"]["name"]["composite"] = "return/mean"
    assert "by return/mean (higher is better)" in Page(render(report)).text


def test_only_variants_that_were_run_in_an_environment_are_in_its_tables(report):
    kept = [run for run in report["runs"] if (run["variant"], run["seed"]) != ("pooled", 0)]
    report["runs"] = [run for run in kept if (run["variant"], run["environment"]) != ("pooled", "mpe/simple-spread-v3")]
    text = Page(render(report)).text
    assert "0 of 0" not in text
    assert "3 of 4" in text
