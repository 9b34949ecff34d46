"""The demo's data folder: fresh for each run, and kept until the next one."""

import shutil
from pathlib import Path

from otel_lift.errors import ConfigError

__all__ = ["fresh_folder"]

_MARK = ".otel-lift-demo"


def fresh_folder(folder: Path) -> Path:
    """Empty and mark a folder; raises `ConfigError` for one that holds something that no demo made."""
    if folder.exists() and not (folder / _MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} holds something that no demo made; name a new folder with --data")
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700, parents=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be made ({error.strerror}); name one with --data"
        ) from error
    return folder
