import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from report_folders import write_comparison


@pytest.fixture
def comparison(tmp_path):
    """The folder of a comparison of two variants in two environments with three seeds, all finished."""
    return write_comparison(tmp_path / "widths")
