"""Numbers for the messages of OTLP, to name one in an error; `decode` has their names."""

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
    METRIC
    GAUGE
    SUM
    HISTOGRAM
    EXPONENTIAL_HISTOGRAM
    SUMMARY
    NUMBER_POINT
    HISTOGRAM_POINT
    EXPONENTIAL_POINT
    BUCKETS
    SUMMARY_POINT
    QUANTILE
    EXEMPLAR
