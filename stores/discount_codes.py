"""What a discount code of NEXT can look like."""

MAX_CODE_LENGTH = 128


def is_possible_code(code: str) -> bool:
    """Return True if NEXT could have such a code."""
    has_space = any(character.isspace() for character in code)
    return 0 < len(code) <= MAX_CODE_LENGTH and code.isprintable() and not has_space
