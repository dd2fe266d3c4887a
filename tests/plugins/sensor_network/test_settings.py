import subprocess
import sys
from dataclasses import fields

import pytest

from quorate_sensor_network.settings import SensorNetworkSettings


def test_one_value_stands_for_all_areas():
    settings = SensorNetworkSettings(grid=[2, 3], miss=[0.25], false_alarm=[0.1])
    assert settings.areas == 7
    assert settings.misses == [0.25] * 7
    assert settings.false_alarms == [0.1] * 7


def test_values_per_area_are_kept():
    assert SensorNetworkSettings(miss=[0.5, 0.5, 0.0, 0.0]).misses == [0.5, 0.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("keywords", "name"),
    [
        ({"grid": [1, 1]}, "grid"),
        ({"grid": [3]}, "grid"),
        ({"grid": [2, 2, 2]}, "grid"),
        ({"targets": 5}, "targets"),
        ({"miss": [0.1, 0.2]}, "miss"),
        ({"miss": []}, "miss"),
        ({"false_alarm": [0.1] * 5}, "false_alarm"),
    ],
)
def test_settings_that_do_not_fit_are_named(keywords, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        SensorNetworkSettings(**keywords)


def test_every_setting_has_help_and_defaults_are_not_shared():
    assert all(field.metadata["help"].endswith(".") for field in fields(SensorNetworkSettings))
    SensorNetworkSettings().miss.append(0.5)
    assert SensorNetworkSettings().miss == [0.0]


def test_settings_import_no_torch():
    code = "import sys, quorate_sensor_network.settings; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
