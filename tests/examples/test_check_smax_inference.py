"""The script that checks inference in battles asks for what its cells measure."""

import importlib.util
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from quorate.config import compose
from quorate.imports import importable
from quorate.registry import load_registry
from quorate_state_inference.schemes.chosen import label_schemes

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(EXAMPLES))
    try:
        spec = importlib.util.spec_from_file_location("check_smax_inference", EXAMPLES / "check_smax_inference.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(EXAMPLES))
    return module


@pytest.mark.skipif(not importable("jaxmarl"), reason="the extra smax is not installed")
def test_every_claim_is_about_what_its_cell_measures(script) -> None:
    registry, measured = load_registry(), {}
    for name, cell in script.EXPERIMENTS.items():
        algorithm = compose(EXAMPLES / cell.file, list(cell.overrides), registry).settings.algorithm.settings
        assert algorithm.holdout == "episodes"
        labels = label_schemes(algorithm.inference)
        measured[name, 0] = {f"{split}/{label}/psnr": 1.0 for split in ("train", "held-out") for label in labels}
        measured[name, 1] = measured[name, 0]
    claims = [*script.claims(), *script.axis_claims(measured)]
    groups = defaultdict(list)
    for claim in claims:
        groups[claim.group].append(claim.value(measured[claim.experiment, 0]))
    assert len(groups) == 5
    assert not script.claim_tables(claims, measured, (0, 1))[1]  # where all schemes are alike, nothing was shown
    assert "| base | 1.00 -> 1.00 |" in "\n".join(script.cell_table(measured, (0, 1)))
