"""The native modules under AddressSanitizer: in which environment they run, and how they take the others' place."""

import ctypes
import importlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

__all__ = ["environment", "live_bytes", "load_native"]

# Python's own allocator would hide where a block ends, and so would Arrow's
_PLAIN_MEMORY = {"PYTHONMALLOC": "malloc", "ARROW_DEFAULT_MEMORY_POOL": "system"}
_OPTIONS = {
    # at its end Python leaves much behind on purpose; the driver counts live bytes instead
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=64:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


def environment() -> dict[str, str]:
    """Answer the environment of a process that loads modules built with AddressSanitizer."""
    # C++ libraries throw, which the sanitizer can watch only when their runtime is there as early as it is
    libraries = [_library("libasan.so"), _library("libstdc++.so.6")]
    return {**os.environ, **_PLAIN_MEMORY, **_OPTIONS, "LD_PRELOAD": " ".join(libraries)}


def _library(name: str) -> str:
    found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True)  # noqa: S607 - the compiler on the path
    path = found.stdout.strip()
    if not Path(path).is_absolute():
        raise SystemExit(f"gcc has no {name}: install its sanitizer library, or fuzz without one (--plain)")
    return path


class _Finder(MetaPathFinder):
    def __init__(self, modules: Mapping[str, Path]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer where a module of the folder is."""
        del path, target
        file = self._modules.get(fullname)
        return None if file is None else spec_from_file_location(fullname, file)


def load_native(folder: Path) -> list[str]:
    """Load every compiled module below a folder in place of the one of the same name; answers the names.

    `folder` is laid out as the repository is. Raises SystemExit where there is none, or one was loaded before.
    """
    modules = dict(
        sorted((_name(file.relative_to(folder)), file) for file in folder.rglob(f"*{EXTENSION_SUFFIXES[0]}"))
    )
    if not modules:
        raise SystemExit(f"{folder} has no compiled module: build them with hatch_build.py --sanitize {folder}")
    sys.meta_path.insert(0, _Finder(modules))
    for name, file in modules.items():
        if importlib.import_module(name).__file__ != str(file):
            raise SystemExit(f"{name} was imported before the one of {folder}")
    return list(modules)


def _name(file: Path) -> str:
    parts = file.parts[1:] if file.parts[0] in {"processors", "exporters"} else file.parts
    return ".".join([*parts[:-1], parts[-1].split(".")[0]])


def live_bytes() -> int:
    """Count the bytes that are allocated and not freed, by the sanitizer's count or else the C library's."""
    library = ctypes.CDLL(None)
    try:
        count = library["__sanitizer_get_current_allocated_bytes"]
    except AttributeError:
        library.mallinfo2.restype = _MallocInfo
        info = library.mallinfo2()
        return int(info.uordblks + info.hblkhd)
    count.restype = ctypes.c_size_t
    return int(count())


class _MallocInfo(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks")),
        *((name, ctypes.c_size_t) for name in ("hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")),
    )
