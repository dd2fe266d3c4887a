"""What is freed stays with the process, where it is told so."""

import subprocess
import sys

import pytest

FAULTS = """
import resource
import sys
import torch
from quorate.run.allocation import keep_freed_memory
if "keep" in sys.argv:
    keep_freed_memory()
def update():
    tensors = [torch.ones(100_000 * (size + 1)) for size in range(8)]  # 14 MB, which come and go
for _ in range(3):
    update()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    update()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*words, **variables):
    environment = {"PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, *words], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="it is told to glibc")
def test_pages_are_taken_once_and_not_in_each_update():
    given_back = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
    assert faults("keep") < 4000  # all of it once more, at most
    assert faults(**given_back) > 50_000
    assert faults("keep", **given_back) > 50_000  # who sets such variables decides
