"""Compiled modules: made on install, and done without where they cannot be made."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("otel_lift", "processors", "exporters")
_FILES = ("hatch_build.py", "pyproject.toml", "README.md", "LICENSE")


def _wheel(source: Path, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=source,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Copy the sources as they come, nothing compiled."""
    target = tmp_path / "fresh"
    for package in _PACKAGES:
        shutil.copytree(
            _ROOT / package, target / package, ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
        )
    for name in _FILES:
        shutil.copy(_ROOT / name, target / name)
    return target


def test_a_wheel_carries_the_compiled_modules(tmp_path: Path) -> None:
    """A wheel that is built where a compiler is holds every compiled module, and names the platform it is for."""
    sources = {
        source.relative_to(_ROOT / part).with_suffix("").as_posix()
        for part in ("", "processors")
        for source in (_ROOT / (part or "otel_lift")).rglob("*.pyx")
    }

    built = _wheel(_ROOT, tmp_path)

    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = [name.partition(".") for name in content.namelist()]
    assert sources
    assert {stem for stem, _, suffix in names if suffix.endswith(("so", "pyd"))} == sources
    assert not wheel.stem.endswith("-any")


def test_a_wheel_without_a_compiler_is_pure_and_says_so(fresh: Path, tmp_path: Path) -> None:
    """Where nothing can be compiled the build goes on, tells what that costs and what to do, and the wheel is pure."""
    built = _wheel(fresh, tmp_path, CC="no-such-compiler", OTEL_LIFT_KERNEL="")

    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stem.endswith("-any")
    assert "could NOT be compiled" in built.stderr
    assert "Install a C compiler" in built.stderr


def test_a_build_that_must_be_native_fails_without_a_compiler(fresh: Path, tmp_path: Path) -> None:
    """With `OTEL_LIFT_KERNEL=native` an install that cannot compile fails instead of falling back."""
    assert _wheel(fresh, tmp_path, CC="no-such-compiler", OTEL_LIFT_KERNEL="native").returncode != 0
    assert not list(tmp_path.glob("*.whl"))
