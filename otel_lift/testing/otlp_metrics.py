"""Hypothesis strategies for metrics of all kinds, with their data points and exemplars."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Exemplar,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
    Summary,
    SummaryDataPoint,
)

from otel_lift.testing import otlp_fields as fields

__all__ = ["metrics"]

_number: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"as_double": st.floats()}),
    st.fixed_dictionaries({"as_int": st.integers(-(2**63), 2**63 - 1)}),
)


def _numbers(message: Callable[..., Any], **others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    chosen = st.fixed_dictionaries({}, optional=others)
    return st.tuples(chosen, _number).map(lambda both: message(**both[0], **both[1]))


_exemplars = _numbers(
    Exemplar,
    filtered_attributes=fields.attributes,
    time_unix_nano=fields.uint64,
    trace_id=fields.optional_id(fields.trace_id),
    span_id=fields.optional_id(fields.span_id),
)
_point: Mapping[str, st.SearchStrategy[Any]] = {
    "attributes": fields.attributes,
    "start_time_unix_nano": fields.uint64,
    "time_unix_nano": fields.uint64,
    "flags": fields.uint32,
}
_with_exemplars = {**_point, "exemplars": fields.many(_exemplars, 2)}
_statistics = {"count": fields.uint64, "sum": st.floats(), "min": st.floats(), "max": st.floats()}
_buckets = fields.messages(
    ExponentialHistogramDataPoint.Buckets,
    {},
    offset=st.integers(-(2**31), 2**31 - 1),
    bucket_counts=fields.many(fields.uint64),
)
_number_points = _numbers(NumberDataPoint, **_with_exemplars)
_histogram_points = fields.messages(
    HistogramDataPoint,
    {},
    **_with_exemplars,
    **_statistics,
    bucket_counts=fields.many(fields.uint64),
    explicit_bounds=fields.many(st.floats()),
)
_exponential_points = fields.messages(
    ExponentialHistogramDataPoint,
    {},
    **_with_exemplars,
    **_statistics,
    scale=st.integers(-(2**31), 2**31 - 1),
    zero_count=fields.uint64,
    zero_threshold=st.floats(),
    positive=_buckets,
    negative=_buckets,
)
_summary_points = fields.messages(
    SummaryDataPoint,
    {},
    **_point,
    count=fields.uint64,
    sum=st.floats(),
    quantile_values=fields.many(
        fields.messages(SummaryDataPoint.ValueAtQuantile, {}, quantile=st.floats(), value=st.floats())
    ),
)
_kinds = st.one_of(
    st.fixed_dictionaries({"gauge": fields.messages(Gauge, {}, data_points=fields.many(_number_points))}),
    st.fixed_dictionaries(
        {
            "sum": fields.messages(
                Sum,
                {},
                data_points=fields.many(_number_points),
                aggregation_temporality=fields.enum,
                is_monotonic=st.booleans(),
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "histogram": fields.messages(
                Histogram, {}, data_points=fields.many(_histogram_points), aggregation_temporality=fields.enum
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "exponential_histogram": fields.messages(
                ExponentialHistogram,
                {},
                data_points=fields.many(_exponential_points),
                aggregation_temporality=fields.enum,
            )
        }
    ),
    st.fixed_dictionaries({"summary": fields.messages(Summary, {}, data_points=fields.many(_summary_points))}),
    st.just({}),
)
_described = st.fixed_dictionaries(
    {}, optional={"name": fields.text, "description": fields.text, "unit": fields.text, "metadata": fields.attributes}
)
metrics = st.tuples(_described, _kinds).map(lambda both: Metric(**both[0], **both[1]))
