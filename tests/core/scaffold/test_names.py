from pathlib import Path

import pytest

from quorate.errors import QuorateError
from quorate.registry.kinds import Kind
from quorate.scaffold.blueprints import Blueprint
from quorate.scaffold.names import LONGEST, further_names, make_names


def blueprint(suffix="Denoiser", versioned=False, reserved=()):
    kind = Kind("denoiser", "denoisers", "They denoise.", versioned=versioned)
    return Blueprint(kind, Path(), "mlp", "One.", suffix=suffix, reserved=reserved)


def names(name, component="mlp", suffix="Denoiser", versioned=False, reserved=()):
    return make_names(name, component, blueprint(suffix, versioned, reserved))


@pytest.mark.parametrize(
    ("name", "distribution", "key"),
    [
        ("acme", "acme-quorate", "acme"),
        ("acme-quorate", "acme-quorate", "acme"),
        ("quorate-acme", "quorate-acme", "acme"),
        ("my-lab2", "my-lab2-quorate", "my-lab2"),
    ],
)
def test_all_names_come_from_one(name, distribution, key):
    made = names(name)
    assert (made.distribution, made.key) == (distribution, key)
    assert made.package == distribution.replace("-", "_")
    assert made.component == f"{key}/mlp"


@pytest.mark.parametrize(
    ("component", "suffix", "class_name"),
    [
        ("mlp", "Denoiser", "MlpDenoiser"),
        ("mlp-denoiser", "Denoiser", "MlpDenoiser"),
        ("last-two", "Input", "LastTwoInput"),
        ("warehouse", "", "Warehouse"),
    ],
)
def test_classes_are_named_after_components(component, suffix, class_name):
    made = names("acme", component, suffix)
    assert (made.class_name, made.settings_class) == (class_name, f"{class_name}Settings")


def test_a_class_has_no_name_that_its_module_imports():
    assert names("acme", "denoiser", reserved={"Denoiser"}).class_name == "DenoiserDenoiser"


@pytest.mark.parametrize(
    ("component", "registered"), [("maze", "acme/maze-v1"), ("maze-v3", "acme/maze-v3"), ("acme/maze", "acme/maze-v1")]
)
def test_environments_have_a_version(component, registered):
    made = names("acme", component, "", versioned=True)
    assert (made.component, made.class_name) == (registered, "Maze")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Acme", "acme"),
        ("acme_lab", "acme-lab"),
        ("acme.lab", "acme-lab"),
        ("AcmeLab", "acme-lab"),
        ("3d", "d"),
        ("", "acme"),
        ("-acme", "acme"),
        ("acme--lab", "acme-lab"),
        ("../acme", "acme"),
        ("çirak", "irak"),
        ("a" * (LONGEST + 1), "a" * LONGEST),
    ],
)
def test_a_name_that_is_none_gets_the_nearest_that_is(name, near):
    with pytest.raises(QuorateError) as caught:
        names(name)
    assert caught.value.fix == f"Write it like {near!r}."
    assert names(near).key == near


@pytest.mark.parametrize(
    ("component", "module"),
    [("mlp", "mlp_denoiser"), ("small-denoiser", "small_denoiser"), ("acme/a-b", "a_b_denoiser")],
)
def test_modules_of_a_further_component_are_called_after_it_and_its_kind(component, module):
    made = further_names("acme-quorate", "acme_quorate", "acme", component, blueprint())
    assert (made.module, made.settings_module) == (module, f"{module}_settings")
    assert names("acme").module == "denoiser"


def test_quorate_alone_is_nobody():
    with pytest.raises(QuorateError, match="whose plugin"):
        names("quorate")


def test_components_are_checked_too():
    with pytest.raises(QuorateError, match="name of a component"):
        names("acme", "My Net")
