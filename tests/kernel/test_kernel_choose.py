"""Which implementation of the kernel runs."""

import os
import subprocess
import sys

import pytest

from otel_lift.errors import ConfigError
from otel_lift.kernel.choose import KERNELS, VARIABLE, choose


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}, {VARIABLE: "pure"}])
def test_the_pure_kernel_is_the_default(environment: dict[str, str]) -> None:
    """Without the variable, or with it empty, the pure kernel runs."""
    assert choose(environment) is KERNELS["pure"]


def test_a_kernel_that_is_not_installed_is_a_configuration_error() -> None:
    """To ask for a kernel that is not there says which are, and what to do."""
    with pytest.raises(ConfigError, match=r"'fast', which this installation has not: unset it, or set it to .*pure"):
        choose({VARIABLE: "fast"})


def test_the_choice_is_made_loudly_when_the_kernel_is_imported() -> None:
    """A process that asks for a missing kernel fails at once, not at its first request."""
    run = subprocess.run(
        [sys.executable, "-c", "import otel_lift.kernel"],
        env={**os.environ, VARIABLE: "native"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode != 0
    assert "ConfigError" in run.stderr
    assert "'native'" in run.stderr
