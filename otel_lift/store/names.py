"""Names and values as ClickHouse SQL text."""

__all__ = ["identifier", "literal"]


def identifier(name: str) -> str:
    """Quote a name, so that any text is only ever a name."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


def literal(value: str | float) -> str:
    """Quote a value: numbers as they are, text as a string."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return str(int(value) if isinstance(value, bool) else value)
