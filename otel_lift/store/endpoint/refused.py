"""What is raised for a statement that a reader may not run."""

__all__ = ["StatementRefusedError"]


class StatementRefusedError(Exception):
    """A statement that a reader may not run; `code` is ClickHouse's number for it."""

    def __init__(self, message: str, code: int = 164) -> None:
        """Keep ClickHouse's error number: 164 READONLY, 62 SYNTAX_ERROR."""
        super().__init__(message)
        self.code = code
