"""The script that stores values of reference results changes those values, and nothing else of a file."""

import importlib.util
from pathlib import Path

import pytest

from quorate.studies.references.reading import load_references

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("store_references", ROOT / "examples/store_references.py")
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)


@pytest.mark.parametrize("count", [2, 40])
def test_the_values_of_one_point_are_replaced(tmp_path, count):
    path = tmp_path / "references.yaml"
    path.write_bytes((ROOT / "plugins/quorate_hasac/references.yaml").read_bytes())
    before = {reference.name: reference for reference in load_references(path)}
    reference = before["hasac/simple-spread"]
    values = {seed: -70.5 - seed / 7 for seed in range(count)}
    versions = {"quorate": "9", "torch": "9", "python": "9"}
    script.store(reference, reference.points[1], values, versions)
    after = {reference.name: reference for reference in load_references(path)}
    found = after.pop("hasac/simple-spread")
    assert found.points[1].values == pytest.approx(values, rel=1e-6)
    assert (found.points[0], found.points[2]) == (reference.points[0], reference.points[2])
    assert found.versions == versions
    assert all(len(line) <= 120 for line in path.read_text().splitlines() if '"1": -70' in line)
    assert {name: (one.points, one.conventions) for name, one in after.items()} == {
        name: (one.points, one.conventions) for name, one in before.items() if name != "hasac/simple-spread"
    }


def test_seeds_are_a_number_or_the_first_and_the_last():
    assert (list(script.seeds("3")), list(script.seeds("7-9"))) == ([0, 1, 2], [7, 8, 9])


def test_a_seed_is_run_and_its_value_found(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    registry = script.load_registry([], plugins=False)
    reference = script.catalogue(registry).find("decision-game/all-policies")
    point, *_ = reference.points
    work = script.run(reference, point, [], range(1), registry)
    assert script.measured(work, reference.metric)[0][0] == pytest.approx(point.values[0], abs=0.1)
