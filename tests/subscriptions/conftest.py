import pytest


@pytest.fixture(autouse=True)
def quick(settings):
    """These tests make many calls; rate limits are tested elsewhere."""
    settings.NEXT_API_CALLS_PER_SECOND = 1000
