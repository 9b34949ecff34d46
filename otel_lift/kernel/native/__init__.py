"""The kernel in Cython: one pass over the bytes, without the GIL, into memory that Arrow takes over.

Where its modules were not compiled this one cannot be imported, and `otel_lift.implementations` goes by that.
"""

import sys

if sys.byteorder != "little":  # as protobuf's numbers are
    raise ModuleNotFoundError("the native kernel is made for little-endian machines", name=__name__)

from otel_lift.kernel.native.decode import decode
from otel_lift.kernel.native.encode import encode

__all__ = ["decode", "encode"]
