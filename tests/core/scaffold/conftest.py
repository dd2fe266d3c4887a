import dataclasses
from pathlib import Path

import pytest

from quorate.cli.main import main
from quorate.registry.kinds import KINDS

VARIANTS = {kind: ["--kind", kind] for kind in KINDS} | {style: ["--style", style] for style in ("native", "tabular")}
"""Everything that can be generated, and the options that do it."""


@dataclasses.dataclass(frozen=True)
class Package:
    """A generated package."""

    folder: Path
    kind: str
    component: str

    @property
    def python(self) -> Path:
        """The folder that Python imports."""
        return self.folder / self.folder.name.replace("-", "_")

    def replace(self, old: str, new: str) -> None:
        file = self.python / f"{self.kind}.py"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


def generate(variant: str, key: str, directory: Path, component: str = "") -> Package:
    options = VARIANTS[variant] + (["--component", component] if component else [])
    assert main(["--no-plugins", "new", "plugin", key, *options, "--directory", str(directory)]) == 0
    folder = directory / f"{key}-quorate"
    manifest = next(folder.glob("*/registry.yaml")).read_text().splitlines()
    values = {line.split(":")[0].strip(" -"): line.split(": ", 1)[1] for line in manifest if ": " in line}
    return Package(folder, values["kind"], values["name"])


@pytest.fixture
def new_package(tmp_path):
    """Generates a package of a kind, or of ``native`` or ``tabular``, in the test's temporary folder."""

    def make(variant: str, key: str = "acme", component: str = "") -> Package:
        return generate(variant, key, tmp_path, component)

    return make
