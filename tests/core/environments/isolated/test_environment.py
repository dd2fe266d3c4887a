"""The same bits as in this process, for every kind of environment."""

import copy
import dataclasses
import os

import pytest
import torch
from gymnasium import spaces
from isolation_support import actions_of, alive, equal, memory_files, same, wait_for, workers

from quorate.codec import decode, encode
from quorate.environments import build_environment
from quorate.environments.isolated.tensors import tensors_of
from quorate.environments.picture import Camera
from quorate.errors import QuorateError
from quorate.interfaces import Enumerable, Renderable, Resumable, Step
from quorate.interpreters.faults import fault

NATIVE = "name: kit/drift-v1, rate: 1.3"
BOUNDED = "name: kit/drift-v1, continuous: true", 1
STEP = Step(*torch.zeros(5, 1))
MASKED = "name: kit/walk-v1"


def test_pictures_of_a_simulator(pair):
    environment = pair.one(f"{MASKED}, interpreter: other", 2, render=True)
    camera, step = Camera(environment), environment.reset(0)
    time = 0
    while not step.ended[0]:
        assert (camera(step.state[0]) == time).all()
        step, time = environment.step(actions_of(environment, time)), time + 1
    assert (camera(step.state[0], final=True) == time).all()
    assert camera(step.state[0]).shape == (3, 4, 3)


def play(one, two, steps, seed=5):
    assert equal(one.reset(seed), two.reset(seed))
    ended = 0
    for time in range(steps):
        actions = actions_of(one, time)
        first, second = one.step(actions), two.step(actions)
        assert equal(first, second), time
        ended += first.outcomes is not None
        assert (first.outcomes is None) == (first.final_state is None)
        assert (second.agent_reward is not None) == one.spec.agent_rewards
    return ended


def test_a_native_environment(pair):
    here, there = pair(NATIVE)
    for name in ("name", "agents", "observation_sizes", "state_size", "action_spaces", "horizon", "observability"):
        assert getattr(here.spec, name) == getattr(there.spec, name)
    for name in ("reward", "simulator", "binary_state", "state_source", "outcomes", "agent_rewards"):
        assert getattr(here.spec, name) == getattr(there.spec, name)
    assert same(here.spec.observed_features, there.spec.observed_features)
    assert (there.batch, there.device) == (3, torch.device("cpu"))
    assert play(here, there, 20) > 3
    assert equal(here.reset(), there.reset())  # the generator goes on
    assert not memory_files()


def test_a_batch_of_one_and_bounds_that_are_exact(pair):
    here, there = pair(*BOUNDED)
    first, second = here.spec.action_spaces[0], there.spec.action_spaces[0]
    assert first == second
    assert isinstance(second, spaces.Box)
    assert second.dtype == first.dtype
    assert (first.low.tobytes(), first.high.tobytes()) == (second.low.tobytes(), second.high.tobytes())
    assert play(here, there, 20) > 1
    assert there.step(actions_of(there, 0)).action_mask is None


@pytest.mark.parametrize(("settings", "workers"), [(MASKED, 2), ("name: kit/walk-v1, continuous: true", 0)])
def test_a_pettingzoo_environment(pair, settings, workers):
    here, there = pair(settings, workers=workers)
    assert here.spec == there.spec
    assert there.spec.simulator == "walk 3"
    assert play(here, there, 12) > 1
    assert (there.step(actions_of(there, 0)).action_mask is None) == ("continuous" in settings)


def test_a_step_that_was_handed_out_stays(pair):
    _, there = pair(NATIVE)
    first = there.reset(0)
    kept = first.observation.clone()
    there.step(actions_of(there, 0))
    assert torch.equal(first.observation, kept)


def test_actions_of_another_shape_are_the_environments_to_refuse(pair):
    here, there = pair(MASKED, workers=2)
    here.reset(0), there.reset(0)
    for env in (here, there):
        with pytest.raises(QuorateError, match=r"must be int64 \(3, 2\)"):
            env.step(torch.zeros(3, 5))
    assert equal(here.step(actions_of(here, 0)), there.step(actions_of(here, 0)))  # and it goes on after that


def test_what_a_step_has_may_change(pair):
    here, there = pair("name: kit/forgetful-v1, fault: grow")
    assert play(here, there, 9)
    assert set(there.step(actions_of(there, 0)).info) == {"exact", "new"}


def test_what_does_not_cross_is_not_offered(pair):
    here, there = pair("name: kit/forgetful-v1, fault: grow")
    assert isinstance(here, Enumerable | Renderable)
    assert not isinstance(there, Resumable | Enumerable | Renderable)


def test_a_continuation_is_exact(pair):
    whole, there = pair(NATIVE)
    assert isinstance(there, Resumable)
    whole.reset(1), there.reset(1)
    for time in range(6):
        whole.step(actions_of(whole, time)), there.step(actions_of(whole, time))
    state = decode(*encode(there.state_dict()))  # as a checkpoint has it
    assert same(state["place"], whole.state_dict()["place"])
    there.reset(2), there.step(actions_of(there, 50))
    there.load_state_dict(state)
    for time in range(9):
        assert equal(whole.step(actions_of(whole, time)), there.step(actions_of(whole, time)))


def test_a_pettingzoo_environment_is_continued_too(pair):
    here, there = pair(MASKED, workers=2)
    here.reset(1), there.reset(1)
    for time in range(4):
        here.step(actions_of(here, time)), there.step(actions_of(here, time))
    state = there.state_dict()
    there.reset(9)
    there.load_state_dict(state)
    for time in range(9):
        assert equal(here.step(actions_of(here, time)), there.step(actions_of(here, time)))


def test_a_copy_has_a_process_of_its_own(pair):
    there = pair.one(f"{NATIVE}, interpreter: other")
    there.reset(1)
    other = copy.deepcopy(there)
    try:
        for time in range(4):
            assert equal(there.step(actions_of(there, time)), other.step(actions_of(there, time)))
    finally:
        other.close()
    assert there.step(actions_of(there, 4)).observation.isfinite().all()


def test_what_can_not_be_stored_can_not_be_copied(pair):
    there = pair.one("name: kit/forgetful-v1, fault: grow, interpreter: other")
    with pytest.raises(QuorateError, match="neither copied nor pickled"):
        copy.deepcopy(there)


@pytest.mark.filterwarnings("ignore:The environment")
def test_rows_that_begin_anew_are_told_through_the_channel(pair):
    here, there = pair(MASKED, workers=2)
    here.reset(1), there.reset(1)
    for time in range(4):
        here.step(actions_of(here, time)), there.step(actions_of(here, time))
    state = there.state_dict()
    state["checksums"][1] += 1
    one, two = here.load_state_dict(state), there.load_state_dict(state)
    assert torch.equal(one.rows, two.rows)
    assert two.rows.tolist() == [False, True, False]
    assert equal(one.step, two.step)
    assert equal(here.step(actions_of(here, 9)), there.step(actions_of(here, 9)))
    assert there.resumption == here.resumption


def failing(env, fault):
    """An environment that is about to do something in its next step."""
    env.reset(0)
    env.load_state_dict({**env.state_dict(), "steps": 2, "fault": fault})
    return env


def test_an_error_carries_its_place_and_its_traceback(pair):
    _, there = pair(NATIVE)
    with pytest.raises(QuorateError, match="kit/drift-v1 raised ZeroDivisionError: the axle broke") as caught:
        failing(there, "break_axle").step(actions_of(there, 0))
    assert "in break_axle" in caught.value.where
    assert "interpreter 'other'" in caught.value.where
    assert "isolation_faults.py" in str(caught.value.__cause__)


def test_a_tensor_that_can_not_cross_is_named(pair):
    _, there = pair(NATIVE)
    with pytest.raises(QuorateError, match=r"info.sparse is a torch.sparse_coo tensor"):
        failing(there, "sparse").step(actions_of(there, 0))


def test_what_is_no_step_is_told(pair):
    _, there = pair(NATIVE)
    with pytest.raises(QuorateError, match="kit/drift-v1 returned a tuple of 2, but must return a Step") as caught:
        failing(there, "tuple").step(actions_of(there, 0))
    assert caught.value.where == "interpreter 'other'"


def test_no_line_of_ours_is_blamed():
    with pytest.raises(AttributeError) as caught:
        tensors_of(dataclasses.replace(STEP, info=1), "kit")
    assert fault(caught.value, "environment kit")["where"] is None
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018
    assert "test_environment.py" in fault(caught.value)["where"]


def test_a_state_that_can_not_be_stored_is_told(pair):
    _, there = pair(NATIVE)
    with pytest.raises(QuorateError, match="KeyError"):
        there.load_state_dict({"nothing": torch.zeros(1)})


def test_warnings_arrive(pair):
    _, there = pair(NATIVE)
    with pytest.warns(UserWarning, match=r"the ice is thin \(interpreter 'other'\)"):
        failing(there, "warn").step(actions_of(there, 0))


def test_what_is_printed_disturbs_nothing(pair):
    here, there = pair(NATIVE)
    failing(here, ""), failing(there, "babble")
    for time in range(3):
        assert equal(here.step(actions_of(here, time)), there.step(actions_of(here, time)))


def test_a_hang_ends_in_time(composed, tmp_path, monkeypatch, nothing_stays):
    settings = tmp_path / "settings.yaml"
    settings.write_text("interpreter_timeout: 3\n")
    monkeypatch.setenv("QUORATE_SETTINGS", str(settings))
    before = set(workers())
    env = build_environment(composed("{name: kit/drift-v1, interpreter: other, fault: hang}").settings.environment, 2)
    env.reset(0), env.step(actions_of(env, 0)), env.step(actions_of(env, 0))
    ((process),) = set(workers()) - before
    with pytest.raises(QuorateError, match=r"(?s)did not answer within 3 s during 'step'.*waiting for the server") as e:
        env.step(actions_of(env, 0))
    assert f"interpreter_timeout: SECONDS' in {settings}" in e.value.fix
    assert not alive(process)
    with pytest.raises(QuorateError, match="is closed, or has failed"):
        env.step(actions_of(env, 0))


def test_an_environment_that_is_forgotten_ends(composed, nothing_stays):
    part = composed("{name: kit/drift-v1, interpreter: other}").settings.environment
    before = set(workers())
    env = build_environment(part, 2)
    ((process),) = set(workers()) - before
    assert os.getpgid(process) == process
    del env
    wait_for(lambda: not alive(process))


def test_closing_twice_does_no_harm(pair):
    """The last test: the pair is closed."""
    _, there = pair(NATIVE)
    there.close(), there.close()
    with pytest.raises(QuorateError, match="is closed"):
        there.step(actions_of(there, 0))
    with pytest.raises(QuorateError, match="is closed"):
        there.state_dict()
