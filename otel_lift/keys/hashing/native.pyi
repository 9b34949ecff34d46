from otel_lift.keys.hashing.pure import KeyedHash

__all__ = ["KeyedHash"]
