"""The Lift semantic conventions: every event and attribute, declared once (see docs/reference/events.md).

Attribute constants, JSON Schema, the reference page, validation and the typed columns of the store are derived from
the declarations here. An event is added by adding its class to the module of its group.
"""

from otel_lift.semconv import behaviour, community, failures, outcomes, performance, user_errors
from otel_lift.semconv.behaviour import *  # noqa: F403 - each module's __all__ names its events
from otel_lift.semconv.columns import COLUMNS, Column, ColumnType, Source
from otel_lift.semconv.common import LiftEvent
from otel_lift.semconv.community import *  # noqa: F403 - as above
from otel_lift.semconv.convert import AttributeValue, from_attributes, to_attributes
from otel_lift.semconv.declare import Attr, Consent, EventSpec, Group, Priority, Privacy, Severity
from otel_lift.semconv.failures import *  # noqa: F403 - as above
from otel_lift.semconv.outcomes import *  # noqa: F403 - as above
from otel_lift.semconv.performance import *  # noqa: F403 - as above
from otel_lift.semconv.registry import (
    ATTRIBUTES,
    BAGGAGE_PREFIX,
    BUCKETS,
    EVENTS,
    PUBLIC_ATTRIBUTES,
    FieldSpec,
    consent_category,
    fields_of,
    priority,
    privacy_class,
)
from otel_lift.semconv.user_errors import *  # noqa: F403 - as above

__all__ = [
    "ATTRIBUTES",
    "BAGGAGE_PREFIX",
    "BUCKETS",
    "COLUMNS",
    "EVENTS",
    "PUBLIC_ATTRIBUTES",
    "Attr",
    "AttributeValue",
    "Column",
    "ColumnType",
    "Consent",
    "EventSpec",
    "FieldSpec",
    "Group",
    "LiftEvent",
    "Priority",
    "Privacy",
    "Severity",
    "Source",
    "consent_category",
    "fields_of",
    "from_attributes",
    "priority",
    "privacy_class",
    "to_attributes",
]
__all__ += behaviour.__all__
__all__ += community.__all__
__all__ += failures.__all__
__all__ += outcomes.__all__
__all__ += performance.__all__
__all__ += user_errors.__all__
