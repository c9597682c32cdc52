import pytest

from stores.ids import generate_id

pytestmark = pytest.mark.any_database


def test_ids_carry_their_prefix_and_never_repeat():
    ids = {generate_id("plink") for _ in range(1000)}

    assert len(ids) == 1000
    assert all(made.startswith("plink_") and len(made) == 36 for made in ids)


def test_ids_sort_by_the_time_they_were_made():
    import time

    first = generate_id("pi")
    time.sleep(0.002)

    assert first < generate_id("pi")
