"""What tensors cross in between two interpreters. There is no GPU: CUDA's calls are a double, on memory of the host."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from isolation_gpu import FakeGpu
from isolation_kit import Drift
from isolation_settings import DriftSettings
from isolation_support import actions_of, equal, memory_files

from quorate.cli.main import main
from quorate.environments import build_environment
from quorate.environments.isolated import cuda
from quorate.environments.isolated.environment import IsolatedEnvironment
from quorate.environments.isolated.session import Session
from quorate.environments.isolated.transport import HostMemory
from quorate.errors import ConfigError, RunError
from quorate.interpreters import user_settings

KIT = Path(__file__).parent / "kit"
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    file = tmp_path / "settings.yaml"
    file.touch()
    monkeypatch.setenv("QUORATE_SETTINGS", str(file))
    return file


@pytest.fixture
def gpu(monkeypatch):
    def install(uuid):
        fake = FakeGpu(uuid)
        fake.install(monkeypatch.setattr)
        return fake

    return install


class Loop:
    """A worker in this process: its session is called, with what a message makes of the values."""

    name, python, running = "loop", "/python", True

    def __init__(self, session, log):
        self.session, self.log = session, log

    def ask(self, command, payload=b"", *, meanwhile=None, **values):
        self.log.append(command)
        if meanwhile is not None:
            meanwhile()
        answer, more = self.session.obey(command, json.loads(json.dumps(values)), payload)
        self.log.append("answer")
        return json.loads(json.dumps(answer)), bytearray(more)

    def close(self):
        self.session.close()


def looped(fake, there=""):
    session = Session(Drift(DriftSettings(), batch=3))
    answer = {**session.built(), "gpu": there or fake.uuid}
    return IsolatedEnvironment(Loop(session, fake.log), answer, CPU, None)


def test_memory_of_a_gpu_is_used_where_both_have_it(pair, gpu, monkeypatch):
    gpu("GPU-1")
    monkeypatch.setattr(HostMemory, "share", None)  # nothing goes over the host
    here, there = Drift(DriftSettings(), batch=3), pair.one("name: kit/gpu-v1, label: GPU-1, interpreter: other")
    assert there.transport == "cuda-ipc (experimental)"
    assert equal(here.reset(5), there.reset(5))
    for time in range(9):
        assert equal(here.step(actions_of(here, time)), there.step(actions_of(here, time))), time
    assert not memory_files()


def test_each_side_waits_for_its_device_before_it_tells_the_other(gpu):
    fake = gpu("GPU-1")
    there = looped(fake)
    there.reset(0)
    there.step(actions_of(there, 0))
    fake.log.clear()
    there.step(actions_of(there, 1))
    assert fake.log == ["wait", "step", "wait", "answer", "wait"], "actions are there; the step is; it has been read"


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        (None, "GPU-1", "the run's tensors are not on a GPU"),
        ("GPU-1", "GPU-2", "the environment's tensors are on another GPU"),
        ("refuses", "refuses", "RuntimeError: CUDA error: invalid device context"),
        ("deaf", "deaf", "one side does not read what the other writes"),
    ],
)
def test_the_host_is_the_way_where_it_can_not_be_used(gpu, settings, here, there, why):
    environment = looped(gpu(here), there)
    assert environment.transport == f"shared-memory: {why}"
    own = Drift(DriftSettings(), batch=3)
    assert equal(own.reset(1), environment.reset(1))
    assert equal(own.step(actions_of(own, 0)), environment.step(actions_of(own, 0)))
    settings.write_text("interpreter_transport: cuda\n")
    with pytest.raises(RunError, match=why) as caught:
        looped(gpu(here), there)
    assert str(settings) in str(caught.value)
    assert "interpreter_transport: auto" in caught.value.fix
    assert not memory_files()


def test_where_there_was_no_room_it_can_be_tried_again(gpu, monkeypatch):
    def full(memory, size):
        raise RunError("There is no room.")

    there, own = looped(gpu(None)), Drift(DriftSettings(), batch=3)
    with monkeypatch.context() as patch:
        patch.setattr(HostMemory, "share", full)
        with pytest.raises(RunError, match="no room"):
            there.reset(4)
    assert equal(own.reset(4), there.reset(4))
    assert equal(own.step(actions_of(own, 0)), there.step(actions_of(own, 0)))


def test_an_environment_on_the_host(pair, gpu):
    gpu("GPU-1")
    assert pair.one("name: kit/drift-v1, interpreter: other").transport == (
        "shared-memory: the environment's tensors are not on a GPU"
    )


def test_a_user_may_forbid_it(gpu, settings):
    settings.write_text("interpreter_transport: shared-memory\n")
    fake = gpu("GPU-1")
    assert looped(fake).transport == "shared-memory"
    assert not fake.log, "it was not tried"
    settings.write_text("interpreter_transport: cuda\n")
    assert looped(fake).transport == "cuda-ipc (experimental)"
    settings.write_text("\ninterpreter_transport: gpu\n")
    with pytest.raises(ConfigError, match="'gpu' is no transport") as caught:
        user_settings()
    assert caught.value.choices == ("auto", "shared-memory", "cuda")
    assert "line 2" in str(caught.value)


def test_a_process_that_dies_of_it_is_told_with_the_way_out(composed, gpu, settings):
    gpu("dies")
    run = composed("{name: kit/gpu-v1, label: dies, interpreter: other}")
    with pytest.raises(RunError, match="ended with exit code 5 during 'try'") as caught:
        build_environment(run.settings.environment, 3)
    assert f"interpreter_transport: shared-memory' in {settings}" in caught.value.fix


def test_a_handle_crosses_as_numbers_and_bytes(monkeypatch):
    """What torch hands out is what it is given, but for the GPU's number, which is each process's own."""
    parts = 3, b"\x00\xffmemory", 64, 512, b"/counter", 8, b"\x01event", True
    waited, given, blocks = [], [], []
    stream = SimpleNamespace(synchronize=lambda: waited.append(True))

    def share(storage):
        assert waited, "what fills it has come to an end"
        blocks.append(storage)
        return parts

    def attach(*words):
        given.append(words)
        return blocks[0]

    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: stream)
    monkeypatch.setattr(torch.cuda, "init", lambda: None)
    monkeypatch.setattr(torch.UntypedStorage, "_share_cuda_", share)
    monkeypatch.setattr(torch.UntypedStorage, "_new_shared_cuda", attach)
    block, handle = cuda.share(64, CPU)
    other = cuda.attach(json.loads(json.dumps(handle)), torch.device("cpu", 1))
    assert given == [(1, *parts[1:])]
    block[:] = torch.arange(64)
    assert torch.equal(other, torch.arange(64, dtype=torch.uint8))
    assert cuda.uuid_of(CPU) is None


def test_the_record_says_what_it_was(gpu, tmp_path, monkeypatch):
    gpu("GPU-1")
    monkeypatch.chdir(tmp_path)
    Path("run.yaml").write_text(
        "environment: {name: kit/gpu-v1, label: GPU-1, interpreter: other}\n"
        "algorithm: {name: mappo, environments: 2, rollout: 2}\nbudget: {train_steps: 1}\n"
    )
    words = ["--manifest", str(KIT / "registry.yaml"), "--interpreter", f"other={sys.executable}"]
    assert main([*words, "run", "run.yaml", "--quiet"]) == 0
    (record,) = Path("runs").glob("*/*/record.json")
    assert json.loads(record.read_text())["machine"]["transport"] == "cuda-ipc (experimental)"
