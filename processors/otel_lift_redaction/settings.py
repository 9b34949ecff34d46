"""Redaction settings as commands read them: of a gateway's configuration, or a file that holds a candidate."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from otel_lift.config import Configuration, Kind
from otel_lift.config.explain import explain
from otel_lift.config.problem import KeyPath, listed
from otel_lift.config.source import MAX_BYTES, parse
from otel_lift.errors import ConfigError
from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.detectors import BUILT_IN
from otel_lift_redaction.keys import BUILT_IN_KEYS
from otel_lift_redaction.rules import ALLOW

__all__ = ["TYPE", "actions_of", "candidate_of", "live_processor"]

TYPE = "redaction"
"""The type that a configuration names."""


def live_processor(config: Configuration, wanted: str | None) -> tuple[str, RedactionConfig]:
    """Answer the id and settings of a gateway's redaction processor, the `wanted` one where it has several.

    Raises ConfigError.
    """
    found = {id_: one.config for id_, one in config.section(Kind.PROCESSORS).items() if id_.partition("/")[0] == TYPE}
    if wanted is not None:
        if wanted not in found:
            raise ConfigError(f"{config.file}: has no redaction processor {wanted!r}; it has {listed(found)}")
        return wanted, found[wanted]
    if len(found) != 1:
        remedy = "choose one by --processor" if found else "add one under `processors`"
        raise ConfigError(f"{config.file}: has the redaction processors {listed(found)}; {remedy}")
    return next(iter(found.items()))


def candidate_of(file: Path, processor: str) -> RedactionConfig:
    """Read candidate settings: as they stand below `processors: {<id>: ...}`, or a file with these sections.

    Of a whole configuration only the processor with the id `processor` is read, or its only one of the type. Raises
    ConfigError whose lines name the place as those of a configuration do.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); name a file of redaction settings") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    document = parse(text, str(file), os.environ)
    path, settings = _settings(document.value, processor)
    problems = list(document.problems)
    if path is None:
        message = f"has no single redaction processor, and none with the id {processor!r}"
        raise ConfigError(str(document.problem(("processors",), message)))
    if not isinstance(settings, dict):
        raise ConfigError(str(document.problem(path, "should be a mapping of redaction settings")))
    try:
        candidate = RedactionConfig.model_validate(settings)
    except ValidationError as error:
        problems += explain(error, RedactionConfig, settings, document, path)
        raise ConfigError("\n".join(map(str, problems))) from error
    if problems:
        raise ConfigError("\n".join(map(str, problems)))
    return candidate


def actions_of(config: RedactionConfig) -> Mapping[str, set[str]]:
    """Answer what is done under each rule's name; rules by key may share one, and what is not named masks."""
    actions: dict[str, set[str]] = {}
    for rule in (*config.keys, *BUILT_IN_KEYS):
        actions.setdefault(rule.name, set()).add(rule.action)
    for detector in BUILT_IN:
        actions.setdefault(detector.name, set()).add(config.on(detector.name).action)
    for custom in config.custom:
        actions.setdefault(custom.name, set()).add(custom.action)
    if config.allow:
        actions.setdefault(ALLOW, set()).add("drop")
    return defaultdict(lambda: {"mask"}, actions)


def _settings(value: object, processor: str) -> tuple[KeyPath | None, object]:
    """Answer where the settings stand in a document, and the settings; None where that is not clear."""
    if not isinstance(value, dict) or "processors" not in value:
        return (), {} if value is None else value
    section = value["processors"]
    if not isinstance(section, dict):
        return ("processors",), section
    ids = [id_ for id_ in section if id_.partition("/")[0] == TYPE]
    chosen = processor if processor in ids else ids[0] if len(ids) == 1 else None
    if chosen is None:
        return None, None
    settings = section[chosen]
    return ("processors", chosen), {} if settings is None else settings
