import json

import pytest

from quorate.cli.main import main
from quorate.papers import bibtex, citations, in_words
from quorate.registry import load_registry, parse_manifest

FILE = """
environment: {name: sensor-network/2x2-v1}
algorithm: {name: state-inference, denoiser: {name: mlp}, inference: [{name: composite}]}
budget: {train_steps: 1}
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "run.yaml").write_text(FILE)
    return str(tmp_path / "run.yaml")


def test_bibtex_of_every_component_once(file, capsys):
    assert main(["cite", file]) == 0
    text = capsys.readouterr().out
    assert text.startswith("% quorate\n@software{quorate,")
    assert text.count("2410.13953},") == 1
    assert "Shared Attractors, Error Bounds, and Composite Flow" in text


def test_json_names_the_components(file, capsys):
    assert main(["cite", "--json", file]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert entries[0]["components"] == ["quorate"]
    assert {"environment sensor-network/2x2-v1", "denoiser mlp"} <= set(entries[1]["components"])


def test_overrides_change_what_is_cited(file, capsys):
    assert main(["cite", file, "algorithm.noise.name=log-normal"]) == 0
    assert "Karras" in capsys.readouterr().out


def test_a_mistake_in_the_file_is_a_message(file, capsys):
    assert main(["cite", file, "algorithm.name=state-inferense"]) == 2
    assert "state-inference" in capsys.readouterr().err


def test_papers_of_third_parties():
    text = (
        "schema: 1\ncomponents:\n"
        "- {kind: policy, name: a/x, target: 'm:x', summary: S, paper: {bibtex: '@misc{own}'}}\n"
        "- {kind: policy, name: a/y, target: 'm:y', summary: S, paper: 'arXiv:1234.56789'}\n"
        "- {kind: policy, name: a/z, target: 'm:z', summary: S, paper: 'arXiv:1234.56789'}\n"
        "- {kind: policy, name: a/w, target: 'm:w', summary: S}\n"
    )
    entries = list(citations(parse_manifest(text).rows).items())
    assert [used for _, used in entries] == [["quorate"], ["policy a/x"], ["policy a/y", "policy a/z"]]
    assert entries[1][0] == "@misc{own}"
    assert "eprint = {1234.56789}" in entries[2][0]


def test_every_paper_of_the_catalogue_is_known_with_its_title():
    for row in load_registry().rows():
        assert row.paper is None or "title = {" in bibtex(row.paper)


def test_every_entry_is_whole():
    for row in load_registry().rows():
        entry = "@{}" if row.paper is None else bibtex(row.paper)
        assert (entry.count("{"), entry[0], entry[-1]) == (entry.count("}"), "@", "}"), entry


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('@misc{x, title={A {B} c}, author = {Mo, Li}, year=2020, note = "C d",}', "Li Mo. A {B} c. C d."),
        ("@misc{own}", "@misc{own}"),
        (
            bibtex("arXiv:1801.01290").replace("\n", " "),
            "International Conference on Machine Learning, 2018. arXiv:1801.01290.",
        ),
    ],
)
def test_an_entry_in_words(entry, words):
    assert in_words(entry).endswith(words)


def test_authors_are_known_but_of_quorate_itself():
    for row in load_registry([], plugins=False).rows():
        assert row.paper is None or "author = {" in bibtex(row.paper)


@pytest.mark.parametrize("paper", ["arXiv:2410.13953", "arXiv:2206.00364", "arXiv:2308.08705", "arXiv:2605.07101"])
def test_entries_are_balanced(paper):
    entry = bibtex(paper)
    assert entry.startswith("@")
    assert entry.count("{") == entry.count("}")


COMPARISON = """
base: run.yaml
environments: [sensor-network/2x2-v1]
variants: {ours: {}, other: {algorithm.noise.name: log-normal}}
"""


def test_comparisons_and_folders_are_cited_too(file, tmp_path, capsys):
    text = COMPARISON.replace("algorithm.noise.name: log-normal", "algorithm: {noise: log-normal}")
    (tmp_path / "compare.yaml").write_text(text)
    assert main(["cite", str(tmp_path / "compare.yaml")]) == 0
    assert "Karras" in capsys.readouterr().out
    for name, wanted in (("config.yaml", False), ("comparison.yaml", True)):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        whole = (FILE if name == "config.yaml" else text).replace("run.yaml", file)
        (folder / name).write_text(whole)
        assert main(["cite", str(folder)]) == 0
        assert ("Karras" in capsys.readouterr().out) is wanted
    assert main(["cite", str(tmp_path / "config"), str(tmp_path / "compare.yaml"), "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["bibtex"].count("2410.13953},") for entry in entries] == [0, 1, 0]
    assert len(entries[1]["components"]) == len(set(entries[1]["components"]))
    assert main(["cite", str(tmp_path / "config"), file, "algorithm.noise.name=log-normal"]) == 0
    assert "Karras" in capsys.readouterr().out
    (tmp_path / "runs" / "1").mkdir(parents=True)
    (tmp_path / "runs" / "1" / "config.yaml").write_text(FILE)
    assert main(["cite", str(tmp_path / "runs")]) == 2, "no record says that it is a run"
    (tmp_path / "runs" / "1" / "record.json").write_text("{}")
    assert main(["cite", str(tmp_path / "runs"), "--text"]) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[1]
        .startswith(
            "Tonghan Wang, Heng Dong, Yanchen Jiang, David C. Parkes, Milind Tambe. On Diffusion Models for Multi-Agent"
        )
    )
    (tmp_path / "none").mkdir()
    assert main(["cite", str(tmp_path / "none")]) == 2
    assert "neither of a run nor of a comparison" in capsys.readouterr().err
