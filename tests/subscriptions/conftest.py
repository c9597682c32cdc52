import pytest


@pytest.fixture(autouse=True)
def quick(settings):
    """These tests make many calls; how fast they may come is tested elsewhere."""
    settings.NEXT_API_CALLS_PER_SECOND = 1000
