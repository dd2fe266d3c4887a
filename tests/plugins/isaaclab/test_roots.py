import json

import pytest
from isaac_support import problem

from quorate_isaaclab import roots
from quorate_isaaclab.roots import find_root, use_root
from quorate_isaaclab.settings import Assets, IsaacLabSettings

TASK = "Isaac-Pendulum-MARL-Direct"


def settings(**given):
    return IsaacLabSettings(TASK, **given)


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.setenv(roots.VARIABLE, "")


def test_substitutes_are_named_for_the_record(assets):
    root = find_root(settings(asset_root=assets, assets=Assets.SUBSTITUTE))
    assert (root.place, root.described) == (str(assets), "substitute assets: the hand is another")


def test_the_variable_names_a_folder_too(assets, monkeypatch):
    monkeypatch.setenv(roots.VARIABLE, str(assets))
    assert find_root(settings(assets=Assets.SUBSTITUTE)).place == str(assets)


def test_what_they_are_must_be_what_the_settings_say(assets):
    told = problem(lambda: find_root(settings(asset_root=assets)))
    assert "are substitute, and the settings say nvidia" in told.problem
    assert "assets: substitute" in told.fix
    (assets / roots.MARK).unlink()
    assert find_root(settings(asset_root=assets)).described == "NVIDIA's assets"
    told = problem(lambda: find_root(settings(asset_root=assets, assets=Assets.SUBSTITUTE)))
    assert "are nvidia" in told.problem


def test_a_folder_without_assets_and_none_at_all(tmp_path):
    assert "no assets of Isaac Sim" in problem(lambda: find_root(settings(asset_root=tmp_path))).problem
    assert "no folder of substitutes" in problem(lambda: find_root(settings(assets=Assets.SUBSTITUTE))).problem


def test_a_damaged_mark(assets):
    (assets / roots.MARK).write_text("{")
    assert "can not be read" in problem(lambda: find_root(settings(asset_root=assets))).problem


def test_servers_that_can_not_be_reached_are_told_before_isaac_lab_waits_for_them(monkeypatch):
    def refuse(request, timeout):
        assert timeout <= 10
        raise OSError("no route")

    monkeypatch.setattr(roots.urllib.request, "urlopen", refuse)
    told = problem(lambda: find_root(settings()))
    assert "can not be reached: no route" in told.problem
    assert "quorate isaaclab assets DIR" in told.fix


def test_servers_need_a_client(monkeypatch):
    monkeypatch.setattr(roots.urllib.request, "urlopen", lambda request, timeout: None)
    assert "omniverseclient" in problem(lambda: find_root(settings())).fix


def test_the_root_is_read_once_by_isaac_lab(fake, assets, tmp_path, monkeypatch):
    use_root(roots.AssetRoot(str(assets), ""))
    import isaaclab.utils.assets as read

    assert str(assets) == read.NUCLEUS_ASSET_ROOT_DIR
    use_root(roots.AssetRoot(str(assets), ""))
    assert "was imported with" in problem(lambda: use_root(roots.AssetRoot(str(tmp_path), ""))).problem


def test_the_builder_leaves_other_folders_alone_and_says_what_it_has_built(tmp_path, monkeypatch):
    import subprocess

    import quorate_isaaclab.substitutes as building
    from quorate.registry import load_registry

    row = load_registry().interpreter("isaaclab-assets")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    assert "something else" in problem(lambda: building.build_substitutes(row, tmp_path / "mine")).problem
    ran, code = [], [0]

    def run(words, **_):
        ran.append(words)
        return subprocess.CompletedProcess(words, code[0], "", "Traceback\nno such hand")

    monkeypatch.setattr(building, "create", lambda row, folder, python: "/there/python")
    monkeypatch.setattr(building, "_asked", lambda python, code: "1.0.10 0.8.0" if "version" in code else "/there")
    monkeypatch.setattr(building.subprocess, "run", run)
    folder = building.build_substitutes(row, tmp_path / "new")
    assert ran[0][:2] == ["/there/python", "-I"], "variables that lead to packages of this interpreter do not count"
    assert ran[0][3].endswith("shadow_hand/right_hand.xml")
    assert "robopianist 1.0.10" in json.loads((folder / roots.MARK).read_text())["substitutes"]["the hand"]
    code[0] = 1
    assert "no such hand" in problem(lambda: building.build_substitutes(row, tmp_path / "other")).problem
    assert not (tmp_path / "other" / roots.MARK).exists()
