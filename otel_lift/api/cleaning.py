"""Texts that people type, redacted as telemetry is: by the pipelines' own processors of that kind."""

import threading
import time
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_lift.batch import RequestContext, Signal
from otel_lift.config import Configuration
from otel_lift.errors import OtelLiftError, ProcessorError
from otel_lift.jobs.core import processors_in_use
from otel_lift.kernel import decode, encode
from otel_lift.pipeline import Processor, Services

__all__ = ["Cleaner"]

_TYPE = "redaction"


class Cleaner:
    """Takes out of a text what redaction takes out of telemetry; without a processor `redaction`, nothing."""

    def __init__(self, config: Configuration) -> None:
        """Make the processors when the first text comes."""
        self._config = config
        self._processors: list[Processor] | None = None
        self._guard = threading.Lock()

    def clean(self, text: str, tenant: str) -> str:
        """Answer the text redacted; raises ProcessorError where that fails, so that nothing is kept unredacted."""
        request: Any = ExportLogsServiceRequest()
        request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = text
        with self._guard:
            try:
                batch: Any = decode(
                    Signal.LOGS, [request.SerializeToString()], RequestContext(tenant), time.time_ns()
                ).batch
                for one in self._started():
                    batch = one.process(batch)
                done: Any = ExportLogsServiceRequest.FromString(encode(batch))
                return str(done.resource_logs[0].scope_logs[0].log_records[0].body.string_value)
            except OtelLiftError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, its own words can hold the text
                raise ProcessorError(f"redaction failed ({type(error).__name__})") from None

    def _started(self) -> list[Processor]:
        if self._processors is None:
            data = self._config.service.data
            made = [
                one.component.create(one.config, Services(name=one.id, data=data))
                for one in processors_in_use(self._config)
                if one.component.name == _TYPE
            ]
            for one in made:
                one.start()
            self._processors = made
        return self._processors
