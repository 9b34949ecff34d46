"""Settings shared by all tests."""

import os

from hypothesis import settings

pytest_plugins = ["receiver_fixtures"]

# The tests start some hundred processes of the gateway, each of which would compile all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# No deadlines: speed is measured in benchmarks, and a shared machine stalls now and then. In CI the examples are the
# same in every run, so that a failure there is one that anybody can have again.
settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("project")
