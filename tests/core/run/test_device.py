import pytest
import torch

from quorate.config.schema import RunSettings
from quorate.errors import RunError
from quorate.run.device import prepare_device


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_run_takes_one_thread_unless_told_otherwise(toy):
    torch.set_num_threads(2)
    toy.file.write_text(toy.file.read_text().replace("threads: 1\n", ""))
    toy.start("budget.train_steps=1")
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(("setting", "threads"), [("3", 3), ("null", 2)])
def test_threads_are_set_or_left_to_torch(toy, setting, threads):
    torch.set_num_threads(2)
    settings: RunSettings = toy.compose(f"threads={setting}").settings
    prepare_device(settings.device, settings.threads)
    assert torch.get_num_threads() == threads


def test_a_device_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(RunError, match="'cuda:77' is not available") as told:
        prepare_device("cuda:77")
    assert "cpu" in told.value.choices
