"""What a comparison's file may hold, and how it is told what it may not."""

import pytest

from quorate.config import compose
from quorate.errors import QuorateError
from quorate.studies.compare.names import environment_slug

BASE_LINE = (
    "base: {environment: toy/line-v1, algorithm: {name: toy/regression, probes: [toy/net, toy/wide]}, "
    "budget: {train_steps: 6}}\n"
)
GOOD = (
    BASE_LINE
    + """\
variants:
  plain: {}
  other: {algorithm: {optimiser: {rate: 0.05}}}
seeds: 2
"""
)


def cells(comparer, text=GOOD, *overrides):
    comparer.file.write_text(text)
    return {cell.name: cell for cell in comparer.plan(*overrides)}


def test_cells_are_what_run_would_resolve(comparer):
    found = cells(comparer)
    assert list(found) == [
        "plain/toy-line-v1/seed-0", "other/toy-line-v1/seed-0", "plain/toy-line-v1/seed-1", "other/toy-line-v1/seed-1",
    ]  # fmt: skip
    cell = found["other/toy-line-v1/seed-1"]
    file = comparer.path / "run.yaml"
    file.write_text(
        "environment: toy/line-v1\nalgorithm: {name: toy/regression, probes: [toy/net, toy/wide]}\n"
        f"budget: {{train_steps: 6}}\nseed: 1\nthreads: 1\nname: seed-1\ndirectory: {cell.run.settings.directory}\n"
    )
    assert cell.run.to_dict() == compose(file, ["algorithm.optimiser.rate=0.05"], comparer.registry).to_dict()


@pytest.mark.parametrize("word", ["base.seed=3", "base.name=x", "base.directory=x"])
def test_overrides_of_the_base_that_would_not_count(comparer, word):
    text = GOOD.replace("base: {", "base: {seed: 9, name: y, ")  # as in the file of a run that it is taken from
    assert cells(comparer, text).keys() == cells(comparer).keys()
    with pytest.raises(QuorateError, match="does not count") as caught:
        cells(comparer, text, word)
    assert word in caught.value.where


def test_a_base_in_a_file_of_its_own(comparer):
    inline = cells(comparer)
    (comparer.path / "base.yaml").write_text(GOOD.splitlines()[0].removeprefix("base: "))
    found = cells(comparer, "base: base.yaml\n" + GOOD.partition("\n")[2])
    assert {name: cell.run.to_dict() for name, cell in found.items()} == {
        name: cell.run.to_dict() for name, cell in inline.items()
    }
    found = cells(comparer, "base: base.yaml\n" + GOOD.partition("\n")[2], "base.budget.train_steps=3")
    assert {cell.run.settings.budget.train_steps for cell in found.values()} == {3}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("{algorithm.optimiser.rate: 0.5}", {"optimiser": {"rate": 0.5}}),
        ("{algorithm: {optimiser.rate: 0.5}}", {"optimiser": {"rate": 0.5}}),
        ("{'algorithm.probes[1].width': 5}", {"probes": [{"name": "toy/net"}, {"name": "toy/wide", "width": 5}]}),
        ("{algorithm.net: toy/wide}", {"net": {"name": "toy/wide", "width": 32}}),
        ("{algorithm: {net: {width: 9}}}", {"net": {"name": "toy/net", "width": 9}}),
        ("{algorithm: {probes: [toy/wide]}}", {"probes": [{"name": "toy/wide", "width": 32}]}),
        ("{algorithm: {tags: {a: 1}}}", {"tags": {"a": 1}}),
    ],
)
def test_patches(comparer, patch, expected):
    text = GOOD.replace("{algorithm: {optimiser: {rate: 0.05}}}", patch)
    algorithm = cells(comparer, text)["other/toy-line-v1/seed-0"].run.to_dict()["algorithm"]

    def within(part, whole):
        if isinstance(part, dict):
            return all(within(item, whole[key]) for key, item in part.items())
        if isinstance(part, list):
            return len(part) == len(whole) and all(map(within, part, whole))
        return part == whole

    assert within(expected, algorithm)
    assert not within({"batch": 7}, algorithm)


def test_a_component_of_another_name_takes_no_settings_along(comparer):
    base = "algorithm: {name: toy/regression, net: {name: toy/net, dropout: 0.4}}"
    text = GOOD.replace("algorithm: {name: toy/regression, probes: [toy/net, toy/wide]}", base)
    text = text.replace("{algorithm: {optimiser: {rate: 0.05}}}", "{algorithm: {net: {name: toy/wide, width: 7}}}")
    net = cells(comparer, text)["other/toy-line-v1/seed-0"].run.to_dict()["algorithm"]["net"]
    assert (net["width"], net["dropout"]) == (7, 0.2)


def test_environments(comparer):
    text = GOOD + "environments: [toy/ring-v1, {name: toy/ring-v1, length: 4}]\n"
    found = cells(comparer, text)
    assert {cell.environment for cell in found.values()} == {"toy-ring-v1", "toy-ring-v1-length-4"}
    assert found["plain/toy-ring-v1-length-4/seed-0"].run.to_dict()["environment"]["length"] == 4


def test_the_order_of_settings_makes_no_other_cells():
    one, other = {"name": "toy/ring-v1", "length": 4, "noise": 0.5}, {"noise": 0.5, "length": 4, "name": "toy/ring-v1"}
    assert environment_slug(one) == environment_slug(other) == "toy-ring-v1-length-4-noise-0.5"


def test_references_are_to_keys_of_the_run(comparer):
    text = GOOD.replace("{train_steps: 6}", "{train_steps: '${algorithm.batch}'}")
    text = text.replace("plain: {}", "plain: {algorithm.batch: 4}")
    found = cells(comparer, text)
    assert found["plain/toy-line-v1/seed-0"].run.settings.budget.train_steps == 4
    assert found["other/toy-line-v1/seed-0"].run.settings.budget.train_steps == 16


BAD = {
    "nothing": ("", "base"),
    "a list": ("[1, 2]", "toy.yaml"),
    "no base": ("variants: {a: {}}", "base"),
    "no variants": ("base: {environment: toy/line-v1}", "variants"),
    "empty variants": (GOOD.replace("  plain: {}\n  other: {algorithm: {optimiser: {rate: 0.05}}}", "  {}"), "line 2"),
    "base is a number": (GOOD.replace(GOOD.splitlines()[0], "base: 3"), "line 1"),
    "base file missing": (GOOD.replace(GOOD.splitlines()[0], "base: nowhere.yaml"), "nowhere.yaml"),
    "unknown key": (GOOD + "seed: 3\n", "line 6"),
    "patch is nothing": (GOOD.replace("plain: {}", "plain: 0"), "line 3"),
    "a seed, not a number of them": (GOOD.replace("seeds: 2", "seeds: 20261121"), "line 5"),
    "patch is a list": (GOOD.replace("plain: {}", "plain: [a]"), "line 3"),
    "patch names no key": (GOOD.replace("rate: 0.05", "rates: 0.05"), "line 4"),
    "patch names no component": (GOOD.replace("plain: {}", "plain: {algorithm.net: toy/nowhere}"), "line 3"),
    "patch has an index too far": (GOOD.replace("plain: {}", "plain: {'algorithm.probes[2]': toy/net}"), "line 3"),
    "patch has an index into nothing": (GOOD.replace("plain: {}", "plain: {'algorithm.weights[0]': 2}"), "line 3"),
    "patch goes into a value": (GOOD.replace("plain: {}", "plain: {budget.train_steps.much: 2}"), "line 3"),
    "patch key is no path": (GOOD.replace("plain: {}", "plain: {'algorithm..net': 2}"), "line 3"),
    "patch of a wrong type": (GOOD.replace("rate: 0.05", "rate: fast"), "line 4"),
    "patch sets the seed": (GOOD.replace("plain: {}", "plain: {seed: 3}"), "line 3"),
    "patch sets the directory": (GOOD.replace("plain: {}", "plain: {directory: here}"), "line 3"),
    "variant name": (GOOD.replace("plain: {}", "a/b: {}"), "line 3"),
    "comparison name": (GOOD + "name: ../x\n", "line 6"),
    "duplicate seeds": (GOOD.replace("seeds: 2", "seeds: [0, 1, 0]"), "seeds[2]"),
    "no seeds": (GOOD.replace("seeds: 2", "seeds: 0"), "line 5"),
    "seeds are text": (GOOD.replace("seeds: 2", "seeds: two"), "line 5"),
    "negative seed": (GOOD.replace("seeds: 2", "seeds: [-1]"), "line 5"),
    "environment unknown": (GOOD + "environments: [toy/nowhere-v1]\n", "line 6"),
    "environment is a number": (GOOD + "environments: [3]\n", "line 6"),
    "environment twice": (GOOD + "environments: [toy/line-v1, toy/line-v1]\n", "environments[1]"),
    "environments are text": (GOOD + "environments: toy/line-v1\n", "line 6"),
    "no environment at all": (GOOD.replace("environment: toy/line-v1, ", ""), "toy.yaml"),
    "metric of no variant": (GOOD + "metric: {plain: a, others: b}\n", "line 6"),
    "metric of some variants": (GOOD + "metric: {plain: a}\n", "line 6"),
    "goal": (GOOD + "goal: more\n", "line 6"),
    "normalise of no environment": (GOOD + "normalise: {nowhere: [0, 1]}\n", "line 6"),
    "normalise by nothing": (GOOD + "normalise: {toy/line-v1: [1, 1]}\n", "line 6"),
    "normalise by one": (GOOD + "normalise: {toy/line-v1: [1]}\n", "line 6"),
    "launcher": (GOOD + "launcher: rocket\n", "line 6"),
    "launcher setting": (GOOD + "launcher: {name: local, process: 2}\n", "line 6"),
    "launcher range": (GOOD + "launcher: {name: local, processes: 0}\n", "line 6"),
    "accept is text": (GOOD + "accept: budget\n", "line 6"),
    "bad reference": (GOOD.replace("rate: 0.05", "rate: '${nowhere}'"), "line 4"),
    "malformed": ("base: [", "line"),
    "deep": ("base: " + "[" * 100, "toy.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files(comparer, name):
    text, place = BAD[name]
    with pytest.raises(QuorateError) as error:
        cells(comparer, text)
    assert place in str(error.value)
    assert error.value.fix


def test_an_unknown_key_is_one_of_a_comparison(comparer):
    with pytest.raises(QuorateError, match="There is no key 'sead' in a comparison"):
        cells(comparer, GOOD + "sead: 3\n")


def test_each_command_knows_the_files_of_the_other(comparer):
    with pytest.raises(QuorateError, match="looks like the file of a run") as error:
        cells(comparer, "environment: toy/line-v1\nalgorithm: toy/regression\n")
    assert f"`quorate run {comparer.file}`" in error.value.fix
    comparer.file.write_text(GOOD)
    with pytest.raises(QuorateError, match="looks like the file of a comparison") as error:
        compose(comparer.file, [], comparer.registry)
    assert f"`quorate compare {comparer.file}`" in error.value.fix


def test_errors_of_a_variant_name_it(comparer):
    with pytest.raises(QuorateError, match="variant 'other' in toy-line-v1"):
        cells(comparer, GOOD.replace("rate: 0.05", "rate: -1"))
