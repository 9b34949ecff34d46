"""Compiles the Cython modules beside their sources: when the project is installed, when a wheel is built, or by hand.

`python hatch_build.py` compiles in place; `python hatch_build.py --sanitize FOLDER` compiles into a folder with
AddressSanitizer. Without a C compiler an install goes on, and says loudly that the pure implementations will run.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ROOT = Path(__file__).parent
_SOURCES = (_ROOT, _ROOT / "processors")
_PACKAGES = ("otel_lift", "processors")
_GENERATED = _ROOT / "build" / "cython"
_PROCESSES = os.cpu_count() or 1
_OPTIMISED = ("-O3", "-g0")
# not optimised: it compiles in a third of the time, and the fuzz driver's own Python is what takes long
_SANITIZED = (
    "-O0",
    "-g1",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
)
_FALLBACK = """
##############################################################################
# otel-lift: the native modules could NOT be compiled ({reason}).
# The gateway will run, many times slower, on its pure implementations.
# Install a C compiler and Python's headers, then install otel-lift again.
##############################################################################
"""


class NativeBuildHook(BuildHookInterface):  # type: ignore[type-arg] # it has no parameter of use to a hook
    """Compiles before the files of a wheel, or of an editable install, are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """Compile in place, and tell the wheel what it now carries."""
        if self.target_name != "wheel":
            return
        try:
            compiled = compile_native(_ROOT)
        except Exception as error:
            # whatever a compiler lacks, the pure implementations remain
            if os.environ.get("OTEL_LIFT_KERNEL") == "native":
                raise
            print(_FALLBACK.format(reason=error), file=sys.stderr, flush=True)
            return
        build_data["artifacts"] += [str(path.relative_to(_ROOT)) for path in compiled]
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def compile_native(target: Path, *, sanitize: bool = False) -> list[Path]:
    """Compile every Cython module below `target`, where its package's folder is; answers the files made."""
    from setuptools import Extension  # noqa: PLC0415 - a wheel's reader needs no compiler

    flags = list(_SANITIZED if sanitize else _OPTIMISED)
    extensions = [
        Extension(
            _module(source),
            [str(source.relative_to(_ROOT))],
            extra_compile_args=flags,
            extra_link_args=[flag for flag in flags if "sanitize=" in flag],
        )
        for package in _PACKAGES
        for source in sorted((_ROOT / package).rglob("*.pyx"))
    ]
    here = Path.cwd()
    os.chdir(_ROOT)
    try:
        # one alone first, so that a missing compiler shows before all the others are translated
        made = [built for part in (extensions[:1], extensions[1:]) for built in _build(part, sanitize=sanitize)]
    finally:
        os.chdir(here)
    return [_place(built, module, target) for built, module in made]


def _build(extensions: list[Any], *, sanitize: bool) -> list[tuple[Path, Path]]:
    """Translate and compile; answers each library with the place of its module, relative to the root."""
    from Cython.Build import cythonize  # noqa: PLC0415 - a wheel's reader needs no compiler
    from setuptools import Distribution  # noqa: PLC0415 - as above
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415 - as above

    made = cythonize(extensions, build_dir=str(_GENERATED), language_level=3, quiet=True, nthreads=_PROCESSES)
    command = build_ext(Distribution({"name": "otel-lift", "ext_modules": made}))
    command.parallel = _PROCESSES
    command.build_temp = str(_ROOT / "build" / ("sanitized" if sanitize else "objects"))
    command.build_lib = str(_ROOT / "build" / ("sanitized-lib" if sanitize else "lib"))
    command.ensure_finalized()
    command.run()
    return [
        (Path(command.get_ext_fullpath(extension.name)), Path(extension.sources[0]).relative_to(_GENERATED).parent)
        for extension in made
    ]


def _module(source: Path) -> str:
    root = max((folder for folder in _SOURCES if source.is_relative_to(folder)), key=lambda folder: len(folder.parts))
    return ".".join(source.relative_to(root).with_suffix("").parts)


def _place(built: Path, folder: Path, target: Path) -> Path:
    place = target / folder / built.name
    place.parent.mkdir(parents=True, exist_ok=True)
    # replaced, not written over: a process that runs has the old one mapped
    fresh = place.with_suffix(".new")
    fresh.write_bytes(built.read_bytes())
    fresh.chmod(0o755)
    fresh.replace(place)
    return place


def main() -> None:
    """Compile as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sanitize", metavar="FOLDER", type=Path, help="compile with AddressSanitizer into a folder")
    chosen = parser.parse_args()
    for path in compile_native((chosen.sanitize or _ROOT).resolve(), sanitize=chosen.sanitize is not None):
        print(path)


if __name__ == "__main__":
    main()
