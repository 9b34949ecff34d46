"""Texts of clients on a terminal."""

__all__ = ["visible"]


def visible(text: str) -> str:
    """Answer the text with all that is not printable escaped, so that it cannot move the cursor or hide."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
