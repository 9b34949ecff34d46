"""Which service each row and each attribute of a batch belongs to."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from otel_lift import arrays
from otel_lift.batch import Attributes, Batch, Level

__all__ = ["Senders"]

_SERVICE = ("service.name",)
_Ints = npt.NDArray[np.int64]


class Senders:
    """The services of a batch: `services` are their names, each once; a resource without a name is of ``""``."""

    def __init__(self, batch: Batch) -> None:
        """Read the names; where there is one, no row is looked at."""
        self._batch = batch
        self.services: Any = pa.array([""])
        self._of_resource: _Ints = np.zeros(batch.rows(Level.RESOURCE), np.int64)
        if not len(self._of_resource):
            return
        resources = batch.attributes(Level.RESOURCE)
        names = arrays.gather(resources.values, resources.first(_SERVICE), empty=True)
        if len(names) == 1:
            self.services = names
        else:
            encoded = names.dictionary_encode()
            self.services = encoded.dictionary
            self._of_resource = encoded.indices.to_numpy().astype(np.int64)

    def of_rows(self, level: Level) -> _Ints:
        """Answer the place in `services` of each row of a level."""
        if len(self.services) == 1:
            return np.zeros(self._batch.rows(level), np.int64)
        match level:
            case Level.RESOURCE:
                return self._of_resource
            case Level.RECORD:
                return self._of_records
            case Level.SCOPE:
                return self._resources_of(level)
            case Level.METRIC:
                scopes: _Ints = self._batch.column(level, "scope").to_numpy()
                return self.of_rows(Level.SCOPE)[scopes]
            case _:
                return self._of_records[self._batch.parents(level)]

    def cells(self, level: Level, attributes: Attributes) -> npt.NDArray[Any]:
        """Answer a number for each attribute: the code of its key times the count of services, plus its service."""
        if len(self.services) == 1:
            return attributes.codes
        return attributes.codes * np.int64(len(self.services)) + np.repeat(self.of_rows(level), attributes.counts)

    @cached_property
    def _of_records(self) -> _Ints:
        return self._resources_of(Level.RECORD)

    def _resources_of(self, level: Level) -> _Ints:
        resources: _Ints = self._batch.column(level, "resource").to_numpy()
        return self._of_resource[resources]
