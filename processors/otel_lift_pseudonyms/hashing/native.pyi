from otel_lift_pseudonyms.hashing.pure import KeyedHash

__all__ = ["KeyedHash"]
