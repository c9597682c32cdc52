"""The dependency audit fails on a finding, and says so if it could not check."""

import pytest

from tests.dependency_audit import summarize_audit

pytestmark = pytest.mark.any_database

SAFE = {"name": "django", "version": "5.2.19", "vulns": []}
VULNERABLE = {"name": "pillow", "version": "11.0.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["11.3.0"]}]}
NOT_AUDITED = {"name": "babel", "skip_reason": "Dependency not found on PyPI"}


def test_known_vulnerability_fails_and_names_the_fixed_version():
    assert summarize_audit({"dependencies": [SAFE, VULNERABLE]}) == (
        [
            "pillow 11.0.0: PYSEC-1, fixed in 11.3.0",
            "2 of 2 dependencies audited. Known vulnerabilities: 1.",
        ],
        False,
    )


def test_safe_dependencies_pass_and_the_audited_ones_are_counted():
    assert summarize_audit({"dependencies": [SAFE, NOT_AUDITED]}) == (
        ["1 of 2 dependencies audited. Known vulnerabilities: 0."],
        True,
    )


def test_audit_without_a_service_says_that_nothing_was_audited():
    expected = (["The dependencies were not audited: no advisory service responded."], True)

    assert summarize_audit({"dependencies": [NOT_AUDITED]}) == expected
    assert summarize_audit(None) == expected
