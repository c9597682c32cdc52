"""The tests that SECURITY.md names for its claims exist."""

import re

import pytest

from tests.reliability.test_scenarios import TEST, find_test_names
from tests.sandbox_process import ROOT

pytestmark = pytest.mark.any_database

CLAIM = re.compile(r"^\| ([A-Z][^|]*\.) \| ([^|]*) \|$", re.MULTILINE)


def test_every_claim_names_tests_that_exist():
    claims = CLAIM.findall((ROOT / "SECURITY.md").read_text())

    assert len(claims) >= 9
    for claim, cell in claims:
        named = TEST.findall(cell)
        assert named, claim
        for file, test in named:
            assert test in find_test_names(file), f"{claim} {file}::{test}"
