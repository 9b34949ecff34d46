"""The strategies are there for who has hypothesis, and in nobody else's way."""

import subprocess
import sys


def test_hypothesis_is_imported_only_for_the_strategies() -> None:
    """`otel_lift.testing` and the kernel work without hypothesis, which comes with the first use of `otlp`."""
    program = (
        "import sys, otel_lift.kernel, otel_lift.testing as testing\n"
        "assert 'hypothesis' not in sys.modules\n"
        "assert callable(testing.otlp.requests)\n"
        "assert 'hypothesis' in sys.modules\n"
        "assert not hasattr(testing, 'unheard_of')\n"
    )

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
