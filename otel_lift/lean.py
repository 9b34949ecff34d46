"""What the gateway's processes and commands do without: pandas, which pyarrow imports wherever it is installed."""

import sys

import pyarrow as pa

__all__ = ["go_without_pandas"]


class _Refuse:
    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not loaded on pyarrow's behalf", name=name)


def go_without_pandas() -> None:
    """Make pyarrow believe that there is no pandas; to be called before anything makes an Arrow array.

    chdb requires pandas, so it is there; importing it costs each process 0.7 s of CPU and 50 MB, for conversions that
    nothing here asks for. pyarrow looks for it once, at the first array; whoever imports pandas later gets it.
    """
    sys.meta_path.insert(0, _Refuse)
    try:
        pa.array([""])
    finally:
        sys.meta_path.remove(_Refuse)
