"""What `quorate doctor` says of the game and its maps, and what to do about them."""

import pytest

from quorate.errors import QuorateError
from quorate_smacv2 import installation, plugin


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    return tmp_path / "game"


def test_no_game(home):
    with pytest.raises(QuorateError, match=f"there is no StarCraft II in {home}, SC2PATH") as error:
        installation.game()
    assert "set SC2PATH" in error.value.fix


def test_no_version(home):
    (home / "Versions").mkdir(parents=True)
    with pytest.raises(QuorateError, match="there is no version of the game"):
        installation.game()


def test_versions(home):
    for build in ("Base75689", "Base99999"):
        (home / "Versions" / build).mkdir(parents=True)
    said = installation.game()
    assert said.startswith("Base75689")
    assert said.endswith(f", Base99999 in {home}")
    if installation.installed():
        assert said.startswith("Base75689 (4.10.0)")


def test_without_sc2path(monkeypatch, tmp_path):
    monkeypatch.delenv("SC2PATH", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(QuorateError, match="where it is looked for without SC2PATH"):
        installation.game()


def test_maps(home):
    with pytest.raises(QuorateError, match=r"the map 32x32_flat\.SC2Map is not in") as error:
        installation.maps()
    assert "copy smacv2/env/starcraft2/maps/SMAC_Maps" in error.value.fix
    (home / "Maps" / "SMAC_Maps").mkdir(parents=True)
    (home / "Maps" / "SMAC_Maps" / "32x32_flat.SC2Map").touch()
    assert "32x32_flat" in installation.maps()


def test_nothing_is_said_where_it_is_not_installed(monkeypatch):
    monkeypatch.setattr(installation, "installed", lambda: False)
    assert plugin.quorate_health_checks() == []


def test_the_checks(monkeypatch):
    monkeypatch.setattr(installation, "installed", lambda: True)
    names = [name for name, _ in plugin.quorate_health_checks()]
    assert names == ["package", "protobuf", "StarCraft II", "maps"]
