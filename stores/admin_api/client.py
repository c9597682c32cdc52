"""The client of the admin API."""

from stores.models import Store


class AdminApi:
    """The admin API of one store."""

    def __init__(self, store: Store, *, background: bool = False) -> None:
        self.store = store
        self.background = background
