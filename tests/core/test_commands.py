import shlex

import pytest

from quorate.commands import command_line
from quorate.config import compose
from quorate.errors import ConfigError
from quorate.registry import load_registry


@pytest.mark.parametrize("path", ["runs/a", "my runs/a", "it's/$HOME", "a;b", "~x", "a*"])
def test_a_shell_reads_what_was_meant(path):
    line = command_line("resume", path, options=" --allow-import acme")
    assert shlex.split(line) == ["quorate", "resume", path, "--allow-import", "acme"]


def test_a_path_is_taken_for_no_option():
    assert command_line("resume", "-x/runs") == "quorate resume ./-x/runs"


def test_the_file_of_a_comparison_is_quoted_in_advice(tmp_path):
    file = tmp_path / "my schemes.yaml"
    file.write_text("variants: {a: {}}\n")
    with pytest.raises(ConfigError) as caught:
        compose(file, (), load_registry(plugins=False))
    assert caught.value.fix == f"Run it with `quorate compare '{file}'`."
