"""What both implementations of shapes go by."""

__all__ = ["FOREIGN_PACKAGES", "FOREIGN_PLACES", "MAX_FRAMES", "MAX_LINE", "MAX_MESSAGE", "MAX_TRACE", "PYTHON_START"]

MAX_MESSAGE = 4096
"""Characters of a message that are read."""

MAX_FRAMES = 5
"""Frames that count, from the innermost one outwards."""

MAX_TRACE = 16_384
"""Characters of a trace that are read, at the end that holds the innermost frame."""

MAX_LINE = 512
"""Characters of a trace's line that are read."""

PYTHON_START = "Traceback (most recent call last)"
"""Begins a trace of Python, whose innermost frame stands last."""

FOREIGN_PLACES = (
    "site-packages",
    "dist-packages",
    "/lib/python",
    "\\lib\\",
    "<frozen ",
    "node_modules",
    "node:",
    "internal/",
    "chrome-extension:",
    "moz-extension:",
)
"""Parts of a file's path that are not the app's."""

FOREIGN_PACKAGES = (
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "jakarta.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "io.netty.",
    "org.apache.",
    "org.eclipse.",
    "org.hibernate.",
    "org.springframework.",
    "reactor.",
)
"""What the names of Java's packages begin with that are not the app's."""
