"""Which implementation of the kernel runs."""

import os
import subprocess
import sys

import pytest

from otel_lift.errors import ConfigError
from otel_lift.implementations import VARIABLE, choose, implementations


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}])
def test_the_native_kernel_is_the_default_where_there_is_one(environment: dict[str, str]) -> None:
    """Without the variable, or with it empty, the compiled kernel runs, else the pure one."""
    found = implementations("otel_lift.kernel")

    assert choose("otel_lift.kernel", environment) is found.get("native", found["pure"])


def test_the_pure_kernel_runs_when_asked_for() -> None:
    """The variable can name the pure kernel."""
    assert choose("otel_lift.kernel", {VARIABLE: "pure"}).__name__ == "otel_lift.kernel.pure"


def test_a_kernel_that_is_not_installed_is_a_configuration_error() -> None:
    """To ask for a kernel that is not there says which are, and what to do."""
    with pytest.raises(ConfigError, match=r"'fast', which this installation has not: unset it, or set it to .*pure"):
        choose("otel_lift.kernel", {VARIABLE: "fast"})


def test_the_choice_is_made_loudly_when_the_kernel_is_imported() -> None:
    """A process that asks for a missing kernel fails at once, not at its first request."""
    run = subprocess.run(
        [sys.executable, "-c", "import otel_lift.kernel"],
        env={**os.environ, VARIABLE: "fast"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode != 0
    assert "ConfigError" in run.stderr
    assert "'fast'" in run.stderr
