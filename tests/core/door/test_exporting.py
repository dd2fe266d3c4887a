"""Exported policies act without Quorate as the run's actors do."""

import json
import subprocess
import sys

import pytest
import torch
from rich.console import Console

import quorate
from quorate.cli.main import main
from quorate.config import compose
from quorate.door.exporting import NEEDED
from quorate.errors import QuorateError
from quorate.learning.deployment.draws import find_draws
from quorate.registry import load_registry
from quorate.run import start
from quorate.run.checkpoint import load_checkpoint, save_checkpoint
from quorate.run.progress import Display
from quorate.seeding import generator

REGISTRY, DISPLAY = load_registry(), Display(Console(stderr=True))
SMALL = "environments: 2"
MAPPO = f"name: mappo, {SMALL}, rollout: 4, actor: {{hidden: [8]}}, critic: {{hidden: [8]}}"
OFF = f"{SMALL}, replay: 32, batch_size: 4, critic: {{hidden: [8]}}, policy: {{network: {{hidden: [8]}}, NAME}}"
CHOICES = "{name: mpe/simple-speaker-listener-v4, actions: discrete}"
FORCE = "{name: mpe/simple-speaker-listener-v4, parametrisation: force}"
HISTORY = "share_parameters: true, input: {name: history, length: 3, identity: true}"
DDPL = f"name: ddpl, policy_states: null, {OFF}"
CASES = {
    "choices": (CHOICES, MAPPO, None),
    "shared-history": (CHOICES, f"{MAPPO}, {HISTORY}", None),
    "gaussian": (FORCE, f"name: hasac, {OFF}".replace("NAME", "name: gaussian/squashed"), True),
    "sampled": (FORCE, f"name: hasac, {OFF}".replace("NAME", "name: gaussian/squashed"), False),
    "diffusion": (FORCE, DDPL.replace("NAME", "name: ddpm, steps: 4"), None),
    "compiled": ("decision-game/learnable-v1", DDPL.replace("NAME", "name: ddpm, steps: 4, compile: true"), None),
}
CALLS = """
import json, sys, torch
sys.modules["quorate"] = None  # can not be imported
for path, observation, mask, noise in torch.load(sys.argv[1], weights_only=True):
    action = torch.jit.load(path)(observation, mask, noise)
    torch.save(action, path + ".action")
assert not any(name.startswith("quorate") for name in sys.modules if name != "quorate")
"""


def made(folder, environment, algorithm):
    file = folder / "run.yaml"
    sections = "evaluation: {episodes: 2}\nbudget: {train_steps: 1}\n"
    file.write_text(f"environment: {environment}\nalgorithm: {{{algorithm}}}\n{sections}")
    return start(compose(file, [f"directory={folder}"], REGISTRY), REGISTRY, DISPLAY).directory


def elsewhere(folder, calls):
    """What the files give in a process that can not import Quorate."""
    torch.save(calls, folder / "calls.pt")
    done = subprocess.run([sys.executable, "-c", CALLS, folder / "calls.pt"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [torch.load(f"{path}.action", weights_only=True) for path, *_ in calls]


def drawn(card, agents, size, index):
    """The part of an agent of what the policy of all agents draws from a generator, [B, K]."""
    if not card["agents"][0]["noise"]:
        return None
    if card["algorithm"] == "ddpl":
        return torch.randn(4, agents, 3, size, generator=generator(7))[:, index].movedim(1, 0).flatten(1)
    return torch.randn(1, 3, agents, size, generator=generator(7))[0, :, index]


def prepared(folder, case):
    """An exported run's calls of each agent's file, and what the actor of the run does."""
    folder.mkdir()
    environment, algorithm, greedy = CASES[case]
    run, target = made(folder, environment, algorithm), folder / "policies"
    quorate.export(run, target, greedy=greedy)
    card = json.loads((target / "card.json").read_text())
    with quorate.load(run) as opened:
        world, spec = opened.environment(3), opened.algorithm.deployment().spec
        actor, step = opened.algorithm.actor(3, 0, greedy), world.reset(0)
        actor.reset(step)
        seen = [step.observation]
        for _ in range(3):
            step = world.step(actor.act(generator(1)))
            actor.observe(step)
            seen.append(step.observation)
        wanted = actor.act(generator(7))
    observed = torch.stack(seen, 1) if card["history"] else seen[-1]
    for index, agent in enumerate(card["agents"]):
        own = observed[..., index, : agent["observation"][-1]].clone()
        call = str(target / agent["file"]), own, None, drawn(card, spec.agents, spec.action_size, index)
        yield call, wanted[:, index]


def test_the_same_actions_without_quorate(tmp_path):
    pairs = [pair for case in CASES if case != "compiled" for pair in prepared(tmp_path / case, case)]
    for action, (call, whole) in zip(elsewhere(tmp_path, [call for call, _ in pairs]), pairs, strict=True):
        expected = whole if whole.dim() == 1 else whole[:, : action.shape[1]]
        assert action.dtype == whole.dtype
        assert torch.allclose(action, expected, atol=1e-5), call[0]


def test_histories_grow_masks_hold_and_samples_follow_the_seed(tmp_path):
    run, target = made(tmp_path, *CASES["shared-history"][:2]), tmp_path / "policies"
    quorate.export(run, target, greedy=False)
    card = json.loads((target / "card.json").read_text())
    agent = card["agents"][0]
    policy = torch.jit.load(target / agent["file"])
    short = torch.rand(50, 1, agent["observation"][-1])
    padded = torch.cat([torch.full((50, 4, short.shape[-1]), 9.0), short.expand(-1, 3, -1)], 1)
    assert agent["noise"] == [{"columns": [0, 5], "distribution": "standard exponential"}]
    noise = torch.ones(50, agent["noise"][-1]["columns"][1])
    assert torch.equal(policy(padded, None, noise), policy(padded[:, -3:], None, noise))  # the last three count
    assert policy(short).shape == (50,)
    mask = torch.zeros(50, agent["action"]["choices"], dtype=torch.bool)
    mask[:, 1] = True
    assert policy(short, mask).eq(1).all()
    torch.manual_seed(0)
    first = policy(short)
    torch.manual_seed(0)
    assert torch.equal(first, policy(short))
    assert not torch.equal(first, policy(short))


def test_the_card_says_what_goes_in_and_comes_out(tmp_path):
    run, target = made(tmp_path, FORCE, f"{CASES['diffusion'][1]}, best_of: 2"), tmp_path / "policies"
    assert main(["export", str(run), str(target), "--quiet"]) == 0
    card, page = json.loads((target / "card.json").read_text()), (target / "README.md").read_text()
    assert (card["run"], card["step"], card["actions"], card["history"]) == (str(run), 1, "sampled", 0)
    assert sorted(path.name for path in target.iterdir()) == sorted(
        ["README.md", "card.json", *(agent["file"] for agent in card["agents"])]
    )
    for words in (
        "best of 2 sampled actions",
        "its critics are not exported",
        "torch.jit.load",
        "Nothing is normalised",
    ):
        assert words in " ".join(page.split())
    for agent in card["agents"]:
        assert agent["action"]["low"]
        assert agent["noise"][0]["distribution"] == "standard normal"
        assert f"`{agent['file']}`" in page


def test_what_is_compiled_is_exported_too(tmp_path):
    run = made(tmp_path, CASES["compiled"][0], CASES["compiled"][1].replace("compile: true", "compile: false"))
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("compile: false", "compile: true"))
    for path in (run / "checkpoints").iterdir():
        state = load_checkpoint(path)
        state["config"]["algorithm"]["policy"]["compile"] = True
        save_checkpoint(path, state)
    assert (tmp_path / "x" / "README.md") in quorate.export(run, tmp_path / "x")


def test_what_can_not_be_exported(tmp_path, monkeypatch, capsys):
    run = made(tmp_path, "decision-game/learnable-v1", f"name: dacer, {OFF}".replace("NAME", "name: ddpm"))
    with pytest.raises(QuorateError, match="'dacer' has no policies of single agents"):
        quorate.export(run, tmp_path / "x")
    assert not (tmp_path / "x").exists()
    with pytest.raises(QuorateError, match="already there"):
        quorate.export(run, run)
    monkeypatch.setattr("quorate.door.exporting.find_spec", lambda name: None)
    assert main(["export", str(run), str(tmp_path / "x"), "--format", "onnx"]) == 2
    assert "pip install onnx onnxscript" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda rows: torch.randint(3, (rows,), generator=torch.Generator()), "draws by randint"),
        (lambda rows: torch.randn(5, generator=torch.Generator()), "not every row"),
        (lambda rows: [torch.randn(rows, generator=torch.Generator()) for _ in range(rows)], "another number of times"),
    ],
)
def test_draws_that_can_not_be_given_from_outside(draw, words):
    with pytest.raises(QuorateError, match=words):
        find_draws(draw)


def test_onnx(tmp_path):
    for name in (*NEEDED, "onnxruntime"):
        pytest.importorskip(name)
    import onnxruntime

    run = made(tmp_path, *CASES["diffusion"][:2])
    for format in ("torchscript", "onnx"):
        quorate.export(run, tmp_path / format, format=format)
    agent = json.loads((tmp_path / "onnx" / "card.json").read_text())["agents"][0]
    given = torch.rand(3, agent["observation"][-1]), torch.randn(3, agent["noise"][-1]["columns"][1])
    session = onnxruntime.InferenceSession(tmp_path / "onnx" / agent["file"])
    (action,) = session.run(None, {"observation": given[0].numpy(), "noise": given[1].numpy()} | absent(session))
    wanted = torch.jit.load(str(tmp_path / "torchscript" / agent["file"]).replace(".onnx", ".pt"))(
        given[0], None, given[1]
    )
    assert torch.allclose(torch.from_numpy(action), wanted, atol=1e-5)


def absent(session):
    names = {each.name for each in session.get_inputs()}
    return {"action_mask": torch.ones(3, 0, dtype=torch.bool).numpy()} if "action_mask" in names else {}


def test_inputs_of_other_kinds_are_taken_as_the_policy_sees_them(tmp_path):
    run, target = made(tmp_path, FORCE, f"{MAPPO}, input: state"), tmp_path / "policies"
    quorate.export(run, target, greedy=True)
    card = json.loads((target / "card.json").read_text())
    assert not card["assembled"]
    assert "put together by the caller" in (target / "README.md").read_text()
    with quorate.load(run) as opened:
        deployment = opened.algorithm.deployment()
        inputs = torch.rand(3, 2, deployment.input.size)
        wanted = deployment.to_environment(deployment.policy.mode(inputs))
    for index, agent in enumerate(card["agents"]):
        action = torch.jit.load(target / agent["file"])(inputs[:, index])
        assert torch.allclose(action, wanted[:, index, : action.shape[1]], atol=1e-5)


def test_half_an_export_is_not_left(trained, tmp_path, monkeypatch):
    def fail(path, data):
        raise quorate.QuorateError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("quorate.door.exporting.write_json", fail)
        with pytest.raises(quorate.QuorateError, match="disk full"):
            quorate.export(trained, tmp_path)
    assert not list(tmp_path.iterdir())
    assert len(quorate.export(trained, tmp_path)) > 2
