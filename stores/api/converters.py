"""Ids in addresses."""


class PublicIdConverter:
    """Anything that looks like an id; what does not is at no address at all."""

    regex = "[A-Za-z0-9_-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
