import pytest

from stores.ids import new_id

pytestmark = pytest.mark.once


def test_ids_carry_their_prefix_and_never_repeat():
    ids = {new_id("plink") for _ in range(1000)}

    assert len(ids) == 1000
    assert all(made.startswith("plink_") and len(made) == 36 for made in ids)


def test_ids_sort_by_the_time_they_were_made():
    import time

    first = new_id("pi")
    time.sleep(0.002)

    assert first < new_id("pi")
