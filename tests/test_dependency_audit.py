"""The audit of the libraries fails on a finding, and never passes for having looked when it could not."""

import pytest

from tests.dependency_audit import summarize_audit

pytestmark = pytest.mark.any_database

SOUND = {"name": "django", "version": "5.2.19", "vulns": []}
HOLED = {"name": "pillow", "version": "11.0.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["11.3.0"]}]}
UNKNOWN = {"name": "babel", "skip_reason": "Dependency not found on PyPI"}


def test_a_known_hole_fails_and_says_where_it_is_mended():
    assert summarize_audit({"dependencies": [SOUND, HOLED]}) == (
        [
            "pillow 11.0.0: PYSEC-1, mended in 11.3.0",
            "2 of 2 libraries audited, 1 known holes.",
        ],
        False,
    )


def test_sound_libraries_pass_and_what_was_not_asked_is_counted():
    assert summarize_audit({"dependencies": [SOUND, UNKNOWN]}) == (
        ["1 of 2 libraries audited, 0 known holes."],
        True,
    )


def test_where_nobody_answers_it_says_that_it_did_not_look():
    said = (["The libraries were not audited: no advisory service answered."], True)

    assert summarize_audit({"dependencies": [UNKNOWN]}) == said
    assert summarize_audit(None) == said
