"""The configuration of `validation` as its README shows it."""

import re
from pathlib import Path

import pytest
import yaml
from otel_lift_validation import COMPONENT, ValidationConfig
from pydantic import ValidationError

from otel_lift.pipeline import NullMeter, Processor, Services

README = Path(__file__).resolve().parents[2] / "processors/otel_lift_validation/README.md"


def test_the_example_of_the_readme_is_valid() -> None:
    """The README's example is accepted by the real model and makes a processor."""
    found = re.search(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    options = yaml.safe_load(found[1])["processors"][COMPONENT.name]
    config = COMPONENT.config.model_validate(options)
    assert isinstance(COMPONENT.create(config, Services("validation", Path("unused"), NullMeter())), Processor)


def test_the_readme_names_every_option() -> None:
    """No option is left out of the README."""
    text = README.read_text(encoding="utf-8")
    assert all(name in text for name in ValidationConfig.model_fields)


@pytest.mark.parametrize("options", [{"max_ahead_seconds": -1}, {"max_age_seconds": "long"}, {"invalid": "drop"}])
def test_what_cannot_be_meant_is_refused(options: dict[str, object]) -> None:
    """A negative or unreadable window and an unknown option are errors."""
    with pytest.raises(ValidationError):
        ValidationConfig.model_validate(options)
