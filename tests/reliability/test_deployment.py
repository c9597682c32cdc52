"""S41: two web servers and two reconcilers lose one of each, and their cache, while people buy."""

import json
import subprocess
import sys

import pytest

from tests.redis_server import REDIS_MISSING
from tests.sandbox_process import ROOT


@pytest.mark.slow
@pytest.mark.any_database
@pytest.mark.timeout(600)
@pytest.mark.skipif(bool(REDIS_MISSING), reason=REDIS_MISSING)
def test_deployment_that_loses_a_server_a_reconciler_and_its_cache_loses_no_purchase():
    command = [sys.executable, "-m", "tests.reliability.deployment", "--checkouts", "25"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    figures = json.loads(answer.stdout)
    assert [figures[name] for name in ("lost", "doubled", "left open", "wrong")] == [0, 0, 0, 0]
    assert figures["killed"] == ["web server", "reconciler", "cache"]
    assert figures["posts within the limit"] == 5
    assert figures["held of scarce stock"] == 4
    assert figures["held by one network"] == 3
    assert figures["orders paid"] > 0
