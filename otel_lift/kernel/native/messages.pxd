"""Numbers for the messages of OTLP, to name one in an error; `decoder` has their names."""

cdef enum Message:
    REQUEST
    RESOURCE_GROUP
    SCOPE_GROUP
    RESOURCE
    ENTITY_REF
    SCOPE
    KEY_VALUE
    ANY_VALUE
    ARRAY_VALUE
    KEY_VALUE_LIST
    SPAN
    EVENT
    LINK
    STATUS
    LOG_RECORD
