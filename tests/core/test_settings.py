"""What building a component says when the component fails."""

from dataclasses import dataclass

import pytest
import torch

from quorate.errors import ConfigError, QuorateError, RegistryError, RunError
from quorate.interfaces import InferenceScheme
from quorate.registry.kinds import KINDS
from quorate.settings import Component


@dataclass
class Settings:
    size: int = 1


class Scheme(InferenceScheme):
    def infer(self, denoiser, histories, generator):
        raise AssertionError


def fails(settings):
    raise ValueError("first line\nthe size is odd")


def mistaken(settings):
    raise ConfigError("a mistake of the user")


def large(settings):
    return torch.empty(2**60)


def mismatched(settings):
    return torch.nn.Linear(2, 3)(torch.zeros(1, 5))


def part(target, kind="denoiser"):
    interface = KINDS[kind].interface
    return Component(kind, "acme/net", Settings(), f"{__name__}:{target}", interface=interface)


def test_a_component_that_raises_is_named():
    with pytest.raises(RegistryError, match="denoiser 'acme/net' failed: ValueError: the size is odd") as caught:
        part("fails").build()
    assert f"{__file__}:" in caught.value.where
    assert "in fails; target " in caught.value.where
    assert isinstance(caught.value.__cause__, ValueError)


def test_the_place_is_not_inside_a_library():
    with pytest.raises(RegistryError) as caught:
        part("mismatched").build()
    assert "in mismatched" in caught.value.where


def test_errors_for_the_user_pass_as_they_are():
    with pytest.raises(ConfigError, match=r"\Aa mistake of the user\Z"):
        part("mistaken").build()


def test_a_class_of_another_kind_is_refused():
    with pytest.raises(RegistryError, match=r"names the class Scheme .* but it implements InferenceScheme"):
        part("Scheme").build()
    with pytest.raises(RegistryError, match="it is no Denoiser"):
        part("Settings").build()


def test_wrong_arguments_are_told():
    with pytest.raises(RegistryError, match="TypeError"):
        part("Scheme", kind="inference").build()


@pytest.mark.parametrize("target", ["large"])
def test_memory_that_ran_out(target):
    with pytest.raises(RunError, match="Out of memory during building the denoiser 'acme/net'") as caught:
        part(target).build()
    assert "batch, width" in caught.value.fix
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert isinstance(caught.value, QuorateError)
