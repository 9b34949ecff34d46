"""The reference page of configuration keys."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr

from otel_lift.config import Kind, Registry, ServiceConfig
from otel_lift.config.reference import PAGE, page, rows
from otel_lift.pipeline import ComponentConfig

ROOT = Path(__file__).parents[2]
INSTALLED = Registry.installed()
COMPONENTS = [(kind, name) for kind in Kind for name in INSTALLED.names(kind)]


def models() -> Iterator[tuple[str, type[BaseModel]]]:
    yield "service", ServiceConfig
    for kind, name in COMPONENTS:
        yield f"{kind.value}.{name}", INSTALLED.get(kind, name).config


class _Action(StrEnum):
    MASK = "mask"
    DROP = "drop"


class _Item(ComponentConfig):
    name: str = Field(description="A | b.")
    action: _Action = Field(default=_Action.MASK, description="Act.")


class _Sample(ComponentConfig):
    items: list[_Item] = Field(default=[], description="Items.")
    by_name: dict[str, _Item] = Field(default_factory=dict, description="Named.")
    one: _Item = Field(default=_Item(name="x"), description="One.")
    size: int | None = Field(default=None, ge=1, description="Bytes.")
    ages: list[Annotated[float, Field(gt=0)]] | None = Field(default=None, description="Seconds.")
    key: SecretStr | None = Field(default=None, description="Key.")


def test_every_key_of_every_component_is_described() -> None:
    """No configuration key, built in or of the service, is without a description."""
    missing = [f"{name}.{row.key}" for name, model in models() for row in rows(model) if not row.meaning.strip()]
    assert missing == []


def test_the_page_is_what_the_models_say() -> None:
    """The reference page in the repository is the one that the models make now."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(INSTALLED), "run: make docs"


def test_rows_tell_key_type_default_and_meaning() -> None:
    """Nested models, lists and mappings of models, choices, bounds and defaults are written as a user needs them."""
    assert [tuple(row)[:3] for row in rows(_Sample)] == [
        ("items", "list of mappings", "`[]`"),
        ("items[].name", "text", "*required*"),
        ("items[].action", "`mask` or `drop`", "`mask`"),
        ("by_name", "mapping by name", "`{}`"),
        ("by_name.<name>.name", "text", "*required*"),
        ("by_name.<name>.action", "`mask` or `drop`", "`mask`"),
        ("one", "mapping", ""),
        ("one.name", "text", "`x`"),
        ("one.action", "`mask` or `drop`", "`mask`"),
        ("size", "integer or null, at least 1", "`null`"),
        ("ages", "list of number, more than 0 or null", "`null`"),
        ("key", "secret text or null", "`null`"),
    ]


@pytest.mark.parametrize("cell", ["A \\| b.", "`items[].name`"])
def test_cells_do_not_break_the_table(cell: str) -> None:
    """A bar inside a description is escaped."""

    class _Component:
        name = "sample"
        config = _Sample

    assert cell in page(Registry.of(processors=[_Component()]))
