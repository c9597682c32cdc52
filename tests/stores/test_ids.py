"""Generated ids."""

import time

import pytest

from stores.ids import generate_id

pytestmark = pytest.mark.any_database


def test_ids_have_a_prefix_and_are_unique():
    ids = {generate_id("plink") for _ in range(1000)}

    assert len(ids) == 1000
    assert all(generated.startswith("plink_") and len(generated) == 36 for generated in ids)


def test_ids_sort_by_creation_time():
    first = generate_id("pi")
    time.sleep(0.002)

    assert first < generate_id("pi")
