"""Runs that continue others, and runs that begin with others' weights."""

import json

import pytest

from quorate.cli.main import main
from quorate.errors import QuorateError
from quorate.folders.steps import checkpoint_path, checkpoint_steps
from quorate.registry import load_registry
from quorate.run import RunDirectory, resume, start
from quorate.run.checkpoint import load_state
from quorate.run.origin import extension, weights_of
from quorate.testing.support import identical

TINY = """\
environment: {name: ENVIRONMENT}
algorithm: {name: ALGORITHM}
budget: {train_steps: 5}
checkpoint: {every: 2, keep: 2}
log: {every: 2}
evaluation: {every: 4}
"""


def runs(folder, name):
    return sorted(path for path in (folder / name).iterdir() if not path.name.startswith("."))


@pytest.fixture
def world(tmp_path):
    from rich.console import Console

    from quorate.config import compose
    from quorate.run.progress import Display

    class World:
        folder, registry, told = tmp_path, load_registry(), []
        display = Display(Console(stderr=True))

        def start(self, name, algorithm, environment, *overrides, origin=None):
            file = tmp_path / f"{name}.yaml"
            file.write_text(TINY.replace("ALGORITHM", algorithm).replace("ENVIRONMENT", environment))
            run = compose(file, [f"directory={tmp_path / 'runs'}", *overrides], self.registry)
            return start(run, self.registry, self.display, origin=origin).directory

        def extend(self, path, *overrides):
            run, origin = extension(path, overrides, self.registry, self.display)
            return start(run, self.registry, self.display, origin=origin).directory

        def resume(self, path):
            return resume(path, self.registry, self.display)

    world = World()
    world.display.note = world.told.append
    return world


GAME = "decision-game/learnable-v1"
SMALL = ["algorithm.environments=2", "evaluation={every: 4, episodes: 2, environments: 2}"]
MAPPO = ("mappo", "mpe/simple-spread-v3", *SMALL, "algorithm.rollout=4", "algorithm.actor.hidden=[8]")
HASAC = ("hasac", GAME, *SMALL, "algorithm.warmup_steps=4", "algorithm.replay=32", "algorithm.batch_size=4")
DDPL = (
    "ddpl", GAME, *SMALL, "algorithm.warmup_steps=4", "algorithm.replay=32", "algorithm.batch_size=4",
    "algorithm.final_learning_rate=1", "algorithm.policy_states=null",
    "algorithm.policy.network.hidden=[8]", "algorithm.critic.hidden=[8]",
)  # fmt: skip
STATE = (
    "state-inference", "sensor-network/2x2-v1", "algorithm.samples=64", "algorithm.evaluation_samples=8",
    "algorithm.denoiser={name: mlp, width: 8}", "algorithm.batch_size=8", "algorithm.inference=[individual]",
)  # fmt: skip


@pytest.mark.parametrize("made_of", [MAPPO, HASAC, DDPL], ids=lambda made_of: made_of[0])
def test_as_one_long_run(world, made_of):
    long = world.start("long", *made_of, "budget.train_steps=9")
    short = world.start("short", *made_of)
    longer = world.extend(short, "budget.train_steps=9")
    assert longer.parent == short.parent != long.parent
    assert (longer / "metrics.jsonl").read_bytes() == (long / "metrics.jsonl").read_bytes()
    steps = checkpoint_steps(long / "checkpoints")
    assert steps == checkpoint_steps(longer / "checkpoints") == [8, 9]
    for step in steps:
        left, right = (checkpoint_path(path / "checkpoints", step).read_bytes() for path in (long, longer))
        assert left == right
    assert world.told == []
    origin = json.loads((longer / "record.json").read_text())["origin"]
    assert (origin["kind"], origin["run"], origin["step"]) == ("extended", str(short), 5)
    assert "budget_schedules" not in origin
    assert RunDirectory(short).result.exists()


def test_schedules_of_the_budget_are_told(world):
    short = world.start("short", *STATE)
    longer = world.extend(short, "budget.train_steps=8")
    assert len(world.told) == 1
    assert "learning rate" in world.told[0]
    assert "learning rate" in json.loads((longer / "record.json").read_text())["origin"]["budget_schedules"]
    assert json.loads((longer / "result.json").read_text())["step"] == 8


def test_an_extended_run_is_resumed_as_any_other(world, monkeypatch):
    short = world.start("short", *STATE)
    longer = world.extend(short, "budget.train_steps=8")
    whole = (longer / "metrics.jsonl").read_bytes()
    again = world.extend(short, "budget.train_steps=8", "name=again")
    (again / "result.json").unlink()
    for step in checkpoint_steps(again / "checkpoints")[1:]:
        checkpoint_path(again / "checkpoints", step).unlink()
    assert world.resume(again).step == 8
    assert (again / "metrics.jsonl").read_bytes() == whole


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["budget.train_steps=5"], ["budget of 5 training steps", "budget.train_steps=10"]),
        ([], ["budget of 5 training steps"]),
        (["budget.train_steps=8", "algorithm.batch_size=9"], ["algorithm.batch_size can not be changed", "--from"]),
        (["algorithm.batch_size=9"], ["algorithm.batch_size can not be changed", "evaluation.every"]),
        (["budget.train_steps=8", "seed=1"], ["seed can not be changed", "evaluation.every"]),
        (["budget.train_steps=8", "evaluation.metric=x"], ["evaluation.metric can not be changed"]),
    ],
)
def test_what_can_not_be_extended(world, short_run, overrides, words):
    before = sorted(short_run.parent.iterdir())
    with pytest.raises(QuorateError) as caught:
        world.extend(short_run, *overrides)
    assert all(word in str(caught.value) for word in words), caught.value
    assert sorted(short_run.parent.iterdir()) == before


def test_without_a_checkpoint_or_inside_a_comparison(world, short_run):
    (world.folder / "runs" / "comparison.yaml").write_text("{}")
    with pytest.raises(QuorateError, match="cell of a comparison"):
        world.extend(short_run, "budget.train_steps=8")
    for path in (short_run / "checkpoints").iterdir():
        path.unlink()
    with pytest.raises(QuorateError, match="no checkpoint"):
        world.extend(short_run, "budget.train_steps=8", f"directory={world.folder / 'elsewhere'}")


@pytest.fixture
def short_run(world):
    return world.start("short", *STATE)


def test_weights_and_nothing_else(world, short_run):
    tuned = world.start("tuned", *STATE, "seed=1", "budget.train_steps=0", origin=weights_of(short_run, 4))
    theirs, own = (load_state(path / "checkpoints", step) for path, step in ((short_run, 4), (tuned, 0)))
    assert own["step"] == 0
    assert identical(own["algorithm"]["denoiser"], theirs["algorithm"]["denoiser"])
    assert own["algorithm"]["optimiser"]["state"] == {}
    assert own["algorithm"]["step"] == 0
    origin = json.loads((tuned / "record.json").read_text())["origin"]
    assert (origin["kind"], origin["run"], origin["step"]) == ("weights", str(short_run), 4)


def test_a_killed_run_still_begins_with_the_weights(world, short_run):
    made_of = (*STATE, "seed=1", "budget.train_steps=3", "checkpoint.keep=9")
    tuned = world.start("tuned", *made_of, origin=weights_of(short_run))
    whole = (tuned / "metrics.jsonl").read_bytes()
    for step in checkpoint_steps(tuned / "checkpoints")[1:]:
        checkpoint_path(tuned / "checkpoints", step).unlink()
    (tuned / "result.json").unlink()
    world.resume(tuned)
    assert (tuned / "metrics.jsonl").read_bytes() == whole


def test_weights_that_do_not_fit_name_the_parameter_and_both_shapes(world, short_run):
    wider = [word.replace("width: 8", "width: 9") for word in STATE]
    with pytest.raises(QuorateError) as caught:
        world.start("tuned", *wider, origin=weights_of(short_run))
    assert "denoiser/" in str(caught.value)
    assert "8" in str(caught.value)
    assert "9" in str(caught.value)
    assert not list((world.folder / "runs" / "tuned").iterdir())


def test_weights_of_another_algorithm(world, short_run):
    with pytest.raises(QuorateError, match=r"parts/policy/\S+ is .* here, and absent there"):
        world.start("tuned", *HASAC, origin=weights_of(short_run))


def test_a_policy_alone_is_taken_from_another_algorithm(world):
    taught = world.start("taught", "dagger", GAME, *SMALL, "algorithm.teacher=random", "algorithm.teacher_steps=2")
    words = ["improved", "happo", GAME, *SMALL, "algorithm.policy=gaussian", "budget.train_steps=0"]
    words.append("algorithm.input={name: observation, identity: false}")
    improved = world.start(*words, origin=weights_of(taught, only=["policy"]))
    theirs, own = (load_state(path / "checkpoints", step) for path, step in ((taught, 5), (improved, 0)))
    assert identical(own["algorithm"]["policy"], theirs["algorithm"]["parts"]["policy"])
    assert json.loads((improved / "record.json").read_text())["origin"]["only"] == ["policy"]
    with pytest.raises(QuorateError, match="critic/network/"):  # there is none to take
        world.start(*words, origin=weights_of(taught))
    with pytest.raises(QuorateError, match="no network 'actor'") as caught:
        world.start(*words, origin=weights_of(taught, only=["actor"]))
    assert "policy" in caught.value.choices


def test_copies_follow_the_network_that_is_taken(world, short_run):
    """Targets, old policies and averages begin as copies; at random they would teach nonsense."""
    hasac = world.start("hasac", *HASAC)
    gaussian = [*DDPL, "algorithm.policy={name: gaussian, network: {hidden: [8]}}"]
    gaussian = [word for word in gaussian if not word.startswith("algorithm.policy.network")]
    for made_of, other, taken, copies in (
        (HASAC, hasac, "critics", ["target"]),
        (gaussian, world.start("ddpl", *gaussian), "policy", ["old"]),
    ):
        begun = world.start("begun", *made_of, "seed=1", "budget.train_steps=0", origin=weights_of(other, only=[taken]))
        parts = load_state(begun / "checkpoints", 0)["algorithm"]["parts"]
        theirs = load_state(other / "checkpoints", 5)["algorithm"]["parts"]
        assert identical(parts[taken], theirs[taken])
        for copy in copies:
            assert identical(parts[copy], parts[taken]), copy


def test_where_the_origin_is_shown(world, short_run, capsys):
    longer = world.extend(short_run, "budget.train_steps=8")
    capsys.readouterr()
    for command, sign in ((["config", longer / "config.yaml"], "# "), (["cite", longer], "% ")):
        assert main([*map(str, command)]) == 0
        assert f"{sign}This run continues {short_run}, step 5" in capsys.readouterr().out
    assert main(["report", str(longer), "--out", str(world.folder / "report"), "--metric", "test/individual/psnr"]) == 0
    assert f"continues {short_run}, step 5" in (world.folder / "report" / "report.md").read_text().replace("\\", "")


def test_at_the_command_line(world, short_run, capsys):
    file = world.folder / "short.yaml"
    words = [*STATE[2:], "budget.train_steps=1", f"directory={world.folder}", "name=tuned", "--quiet"]
    assert main(["run", str(file), *words, "--from", str(short_run), "--checkpoint", "4"]) == 0
    assert main(["run", str(file), *words, "--from", str(short_run), "--only", "denoiser"]) == 0
    for alone in (["--checkpoint", "4"], ["--only", "denoiser"]):
        assert main(["run", str(file), *words, *alone]) == 2
        assert "--from" in capsys.readouterr().err
    assert main(["extend", str(world.folder / "tuned"), "budget.train_steps=2", "--quiet"]) == 0
    (_, second, third) = runs(world.folder, "tuned")
    assert RunDirectory(third).record["origin"]["run"] == str(second)


def test_weights_of_what_has_none_do_not_fit(world):
    """An exact denoiser has no shapes that could differ from those of a policy."""
    policy = world.start("policy", *MAPPO, "budget.train_steps=0")
    words = ["exact", *STATE[:4], "algorithm.denoiser=exact", "budget.train_steps=0"]
    with pytest.raises(QuorateError, match="denoiser is here, and absent there"):
        world.start(*words, origin=weights_of(policy))
