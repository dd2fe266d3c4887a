from dataclasses import dataclass

import gymnasium
import numpy as np
import pettingzoo
import pytest

import quorate
from quorate.door import session
from quorate.folders.directory import RunDirectory
from quorate.registry import load_registry, this_process
from quorate.run.stored import stored_run


@dataclass
class WorldSettings:
    size: int = quorate.setting(3, "How wide it is.", minimum=2)


class World(pettingzoo.ParallelEnv):
    """Two agents on a line, who may go left or right.

    They may not leave it.
    """

    metadata = {"quorate": {"horizon": 4, "observability": "full"}}  # noqa: RUF012

    def __init__(self, settings: WorldSettings) -> None:
        self.size, self.possible_agents, self.agents = settings.size, ["left", "right"], []

    def observation_space(self, agent):
        return gymnasium.spaces.Dict({
            "observation": gymnasium.spaces.Box(0, self.size, (2,), np.float32),
            "action_mask": gymnasium.spaces.MultiBinary(2),
        })  # fmt: skip

    def action_space(self, agent):
        return gymnasium.spaces.Discrete(2, start=5)

    def _observe(self):
        masks = {agent: np.array([at > 0, at < self.size - 1], np.int8) for agent, at in self.at.items()}
        seen = np.array([*self.at.values()], np.float32)
        return {agent: {"observation": seen, "action_mask": masks[agent]} for agent in self.agents}

    def reset(self, seed=None, options=None):
        self.agents, self.time = list(self.possible_agents), 0
        self.at = {agent: int(np.random.default_rng(seed).integers(self.size)) for agent in self.agents}
        return self._observe(), {agent: {} for agent in self.agents}

    def step(self, actions):
        for agent, action in actions.items():
            self.at[agent] += 2 * (action - 5) - 1
            assert 0 <= self.at[agent] < self.size, "the mask was not obeyed"
        self.time += 1
        acting, over, shown = self.agents, self.time == 4, self._observe()
        self.agents = [] if over else acting
        rewards = dict.fromkeys(acting, float(self.at["left"] == self.at["right"]))
        return shown, rewards, dict.fromkeys(acting, False), dict.fromkeys(acting, over), {a: {} for a in acting}


@pytest.fixture(scope="module")
def world():
    quorate.register("environment", "mine/world-v1", actions="discrete", agents=2)(World)
    yield "mine/world-v1"
    this_process._rows.clear()
    session.forget_registry()


RUN = {"algorithm": {"name": "mappo", "environments": 2, "rollout": 2}, "budget": {"train_steps": 1}}


def test_what_there_is():
    rows = quorate.list("inference")
    assert [rows[0][key] for key in ("kind", "name", "available")] == ["inference", "individual", True]
    assert repr(rows).startswith("inference  individual")
    assert [row["name"] for row in quorate.list("algorithm", fits="sensor-network/5x5-v1")].count("hasac") == 0
    assert quorate.show("composite")["kind"] == "inference"
    with pytest.raises(quorate.QuorateError) as told:
        quorate.list("enviroment")
    assert "environment" in told.value.choices


def test_environments_and_others_are_made_by_name():
    env = quorate.make("mpe/simple-spread-v3", batch=3, agents=4)
    assert (env.batch, env.spec.agent_count) == (3, 4)
    assert isinstance(quorate.make("inference/composite", steps=4), quorate.InferenceScheme)
    layout = quorate.HistoryLayout.of(env.spec, 1)
    assert isinstance(
        quorate.make("denoiser/mlp", environment=env, layout=layout, output="plain", encoding="local"), quorate.Denoiser
    )


@pytest.mark.parametrize(
    ("name", "given", "problem", "choice"),
    [
        ("mpe/simple-spred-v3", {}, "no component", "mpe/simple-spread-v3"),
        ("mpe/simple-spread-v3", {"agent": 4}, "no key 'agent'", "agents"),
        ("mpe/simple-spread-v3", {"agents": "four"}, "agents", None),
        ("denoiser/mlp", {"layout": None}, "is built with environment, layout", None),
    ],
)
def test_what_can_not_be_made_is_told(name, given, problem, choice):
    with pytest.raises(quorate.QuorateError, match=problem) as told:
        quorate.make(name, **given)
    assert choice is None or choice in told.value.choices


def test_a_component_of_a_kind_that_a_plugin_declares(acme, monkeypatch):
    row = "{kind: acme/planner, name: acme/steps, target: 'acme_quorate.planner:Steps', summary: In order.}"
    kind = "{name: acme/planner, plural: planners, summary: It plans., called_with: (settings)}"
    module = "class Steps:\n    def __init__(self, settings): ...\n"
    monkeypatch.syspath_prepend(acme(f"[{row}]", head=f"schema: 1\nkinds: [{kind}]", planner=module).path)
    session.forget_registry()
    assert type(quorate.make("acme/planner/acme/steps")).__name__ == "Steps"
    session.forget_registry()


def test_a_registered_class_is_known_to_everything(world, tmp_path, monkeypatch):
    assert quorate.make(world, batch=2, size=5).spec.observation_size == 2
    assert quorate.show(world)["summary"] == "Two agents on a line, who may go left or right."
    assert quorate.compose({**RUN, "environment": world}).settings.environment.settings.size == 3
    with pytest.raises(quorate.QuorateError, match="size"):
        quorate.compose({**RUN, "environment": {"name": world, "size": 1}})
    with quorate.train({**RUN, "environment": world}, f"directory={tmp_path}") as run:
        policy, env = run.policy(), World(WorldSettings())
        for seed in range(5):
            observations, infos = env.reset(seed)
            policy.reset()
            while env.agents:
                observations, *_, infos = env.step(policy.act(observations, infos, agents=env.agents))
        found = quorate.load(run)
        assert found.config["environment"] == {"name": world, "size": 3}
    monkeypatch.setattr("quorate.registry.this_process._rows", {})  # as in another process
    with pytest.raises(quorate.QuorateError, match="had registered mine/world-v1 itself"):
        stored_run(RunDirectory.open(run.path), load_registry())


def test_the_kit_checks_it_in_this_process(world):
    checked = quorate.check(world, only=["spec", "seed"])
    assert checked.sound
    assert [row["check"] for row in checked] == ["row", "spec", "seed"][-len(checked) :]
    assert repr(checked).startswith("passed  ")


def test_all_components_of_a_plugin_are_checked():
    checked = quorate.check("matrix-games", "environment", only="spec")
    assert checked.sound
    assert len({row["component"] for row in checked}) > 1
    assert "passed  matrix-game/table-v1" in repr(checked)
    with pytest.raises(quorate.QuorateError, match="settings are of one"):
        quorate.check("matrix-games", "environment", horizon=3)
    with pytest.raises(quorate.QuorateError, match="no component, distribution or plugin 'matrix-gams'"):
        quorate.check("matrix-gams")


def test_other_processes_are_refused(world, tmp_path):
    with pytest.raises(quorate.QuorateError, match="registered in this process only, and workers run in others"):
        quorate.make(world, workers=2)
    with pytest.raises(quorate.QuorateError, match="and comparisons run in others"):
        quorate.compare(
            {"base": {**RUN, "environment": world}, "variants": {"a": {}, "b": {}}}, f"directory={tmp_path}"
        )


def test_a_name_that_is_taken_is_refused(world):
    with pytest.raises(quorate.QuorateError, match="already"):
        quorate.register("environment", "mpe/simple-spread-v3")(World)
    with pytest.raises(quorate.QuorateError, match="must end with a version"):
        quorate.register("environment", "mine/world")(World)
    quorate.register("environment", world)(World)  # as when a cell of a notebook is run again
