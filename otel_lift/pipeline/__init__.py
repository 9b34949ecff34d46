"""The pipeline: what a component is, and the runner that carries batches from receivers to the spool."""

from otel_lift.pipeline.component import ComponentConfig, Meter, NullMeter, Processor, ProcessorComponent, Services
from otel_lift.pipeline.sink import Answer, Request, Sink

__all__ = [
    "Answer",
    "ComponentConfig",
    "Meter",
    "NullMeter",
    "Processor",
    "ProcessorComponent",
    "Request",
    "Services",
    "Sink",
]
