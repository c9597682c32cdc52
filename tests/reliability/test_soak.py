"""A short soak: real processes, real HTTP, and a sandbox that fails at random."""

import json
import subprocess
import sys

import pytest

from tests.sandbox_process import ROOT


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_short_soak_loses_doubles_hides_and_leaves_open_nothing():
    command = [sys.executable, "-m", "tests.reliability.soak", "--checkouts", "40", "--seconds", "60"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    figures = json.loads(answer.stdout)
    faults = [figures[name] for name in ("lost", "unseen", "doubled", "left open", "wrong")]
    assert faults == [0, 0, 0, 0, 0]
    settled = figures["orders paid"] + figures["reviews"] + figures["second orders"]
    assert figures["charges"] == settled > 0
