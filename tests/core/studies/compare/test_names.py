"""Names of cells: short, each of one entry only, and those of earlier versions where there are runs under them."""

import itertools

import pytest

from quorate.documents import dump
from quorate.errors import QuorateError
from quorate.interfaces.launcher import Ending, Launcher, Status
from quorate.studies.compare.display import make_board
from quorate.studies.compare.execute import execute
from quorate.studies.compare.names import environment_slug, environment_slugs, former_slug, joined
from quorate.studies.compare.project import Project

ENTRIES = [
    "a/b-v1", "a-b-v1", "a-b/v1", "A/b-v1", "a/B-v1", "a/b-v1-c-v1", "a-b/c-v1", "a/b-c-v1", "a/b", "ä/b-v1", "ö/b-v1",
    "x" * 400, "x" * 401, "a/b-v1-flag-1", "a/b-v٣", "a/b-v3", "名/前-v1", "前/名-v1", "--", "..",
    *({"name": "a/b-v1", "flag_reward": value} for value in (5.0, -5.0, 5, -5, "5.0", "-5.0", [5.0], "x" * 300, 1e22)),
    *({"name": "a/b-v1", "flag": value} for value in (True, False, None, "True", "true", "null", [0.5], 0.5, {"a": 1})),
    {"name": "a/b-v1", "flag-1": 2}, {"name": "a/b-v1", "flag": 1, "x": 2}, {"name": "a/b-v1", "flag": "1-x-2"},
]  # fmt: skip


def test_no_two_entries_have_one_name_in_any_file_system():
    slugs = [environment_slug(entry) for entry in ENTRIES]
    assert len({slug.casefold() for slug in slugs}) == len(ENTRIES)
    assert all(slug.isascii() and len(slug) <= 80 and slug.strip("-.") == slug for slug in slugs)


@pytest.mark.parametrize(
    ("entry", "slug"),
    [
        ("mpe/simple-spread-v3", "mpe-simple-spread-v3"),
        ({"name": "mpe/simple-spread-v3"}, "mpe-simple-spread-v3"),
        ({"name": "mpe/simple-spread-v3", "agents": 4}, "mpe-simple-spread-v3-agents-4"),
        ("sensor-network/5x5-v1", "sensor-network+5x5-v1"),
    ],
)
def test_what_can_be_read_back_needs_no_hash(entry, slug):
    assert environment_slug(entry) == slug


def test_entries_are_compared_as_data(comparer):
    comparer.write(environments=ENTRIES)
    assert [entry.given for entry in comparer.read().environments] == ENTRIES
    for one, other in itertools.product(["a-b/v1", {"name": "a-b/v1"}], repeat=2):
        comparer.write(environments=[one, "a-b-v1", other])
        with pytest.raises(QuorateError, match="given twice") as error:
            comparer.read()
        assert "environments[2]" in error.value.where


def test_one_environment_in_two_spellings_is_told(comparer):
    comparer.write(environments=["toy/line-v1", {"name": "toy/line-v1", "length": 5}])
    with pytest.raises(QuorateError, match=r"given twice: with its defaults it is that of environments\[0\]") as error:
        comparer.plan()
    assert "environments[1]" in error.value.where


def write_former(comparer, entry, variant="plain", **settings):
    """A run as an earlier version has left it."""
    run = comparer.folder.path / "runs" / variant / former_slug(entry) / "seed-0" / "20260101T000000Z-seed0"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(dump({"environment": settings, "seed": 0}))


def test_runs_of_earlier_versions_are_found_and_belong_to_one_entry(comparer):
    mine, other = {"name": "a-b/c-v1", "reward": -5.0}, {"name": "a/b-c-v1", "reward": 5.0}
    write_former(comparer, mine, name="a-b/c-v1", reward=-5.0, agents=3)
    assert former_slug(mine) == former_slug({"name": "a-b/c-v1", "reward": 5.0})
    entries = [mine, {"name": "a-b/c-v1", "reward": 5.0}, {"name": "a-b/c-v1", "reward": -5.0, "agents": 4}, other]
    comparer.write(environments=entries)
    slugs = [entry.slug for entry in comparer.read().environments]
    assert slugs[0] == former_slug(mine)
    assert slugs[1:3] == [environment_slug(entry) for entry in entries[1:3]]
    assert slugs[3].startswith(f"{slugs[0]}--")


class Failing(Launcher):
    """Every task fails at once."""

    def launch(self, tasks, watcher):
        for task in tasks:
            watcher.started(task.name)
            watcher.ended(task.name, Ending(Status.FAILED, "The true error."))


def fail(comparer):
    """All cells are tried, and fail."""
    with comparer.folder.locked():
        project = Project(comparer.read(), comparer.plan(), comparer.folder, comparer.registry)
        return execute(project, make_board(quiet=True), Failing)


@pytest.mark.parametrize("variant", ["v" * 93, "v" * 100])
def test_a_cell_with_long_names_fails_with_its_own_error(comparer, capsys, variant):
    seed = 2**63 - 1
    long = {"name": "toy/line-v1", "length": 7, "shape": "line"}
    comparer.write(variants={variant: {}, "b": {"algorithm.net": "toy/wide"}}, environments=[long], seeds=[seed])
    result = fail(comparer)
    assert [status.error for status in result.statuses.values()] == ["The true error."] * 2
    assert f"{variant}/toy-line-v1-length-7-shape-line/seed-{seed} failed: The true error." in capsys.readouterr().err


def test_no_name_of_a_failure_is_too_long():
    names = [joined(f"{'v' * 100}/{'e' * length}/seed-0") for length in range(80, 151)]
    assert len({*names}) == len(names)
    assert max(map(len, names)) <= 200


def test_a_failure_that_can_not_be_recorded_hides_neither_its_error_nor_other_cells(comparer, capsys):
    comparer.folder.path.mkdir(parents=True)
    (comparer.folder.path / "failures").write_text("no folder")
    result = fail(comparer)
    told = capsys.readouterr().err
    assert told.count("failed: The true error.") == len(result.endings) == 2
    assert "how it ended is not recorded: failures can not be created" in told


def test_a_name_once_given_stays(comparer):
    former, other = {"name": "toy/line-v1", "flag": -5.0}, {"name": "toy/line-v1", "flag": 5.0}
    write_former(comparer, former, name="toy/line-v1", flag=-5.0)
    first, second = environment_slugs([former, other], comparer.folder.path)
    assert first == former_slug(other) != second
    (comparer.folder.path / "runs" / "plain" / second).mkdir()
    assert environment_slugs([other], comparer.folder.path) == [second]
    assert environment_slugs([other, former], comparer.folder.path) == [second, first]
