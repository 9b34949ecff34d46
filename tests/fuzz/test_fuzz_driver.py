"""The fuzz driver finds what is wrong, keeps it, and reaches what it is made for."""

import random
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.payloads import log_requests, span_requests
from fuzz.__main__ import fuzz
from fuzz.arrays import FUNCTIONS
from fuzz.case import Case, Difference
from fuzz.child import LEAK_LIMIT, ROOM, Current, run
from fuzz.corpus import Corpus
from fuzz.kernel import KernelTarget, pack, unpack
from fuzz.sanitized import environment
from fuzz.targets import PACKAGES, all_targets
from fuzz.wire import join, split
from otel_lift import arrays
from otel_lift.batch import RequestContext, Signal
from otel_lift.implementations import implementations
from otel_lift.kernel import Decoded, Outcome, pure
from otel_lift.testing.otlp import requests

_ROOT = Path(__file__).parents[2]
_CASES = sorted((Path(__file__).parent / "cases").glob("*.case"))
_COMPILED = all("native" in implementations(package) for package in PACKAGES)
compiled = pytest.mark.skipif(not _COMPILED, reason="the native modules are not compiled")
each_signal = pytest.mark.parametrize("signal", list(Signal))


@cache
def _corpus() -> Corpus:
    metrics = pure.decode(Signal.METRICS, [], RequestContext(), 0).batch
    payloads = {
        Signal.TRACES: list(span_requests(2, 3)),
        Signal.LOGS: list(log_requests(2, 3)),
        Signal.METRICS: [pure.encode(metrics)],
    }
    return Corpus.of(payloads)


def _current(folder: Path) -> Current:
    path = folder / "current"
    path.write_bytes(bytes(ROOM))
    return Current(path)


@compiled
def test_a_short_run_over_everything_finds_nothing(tmp_path: Path) -> None:
    """Two thousand inputs: the twins agree, nothing is lost by a round trip, and no memory is."""
    assert fuzz(["--inputs", "2000"], tmp_path, start=1) == 0


@compiled
@pytest.mark.parametrize("path", _CASES, ids=[path.stem for path in _CASES])
def test_what_was_found_once_is_not_found_again(path: Path) -> None:
    """Cases that showed a fault run as they should."""
    case = Case.read(path)
    (target,) = {target for target in all_targets({}) if target.name == case.target}

    target.check(case, compare=True)


def _lose_a_row(signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int) -> Decoded:
    decoded = pure.decode(signal, payloads, context, received)
    keep = np.arange(len(decoded.batch)) < len(decoded.batch) - 1
    return replace(decoded, batch=decoded.batch.filter(keep))


def _take_anything(signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int) -> Decoded:
    decoded = pure.decode(signal, payloads, context, received)
    return replace(decoded, outcomes=tuple(replace(outcome, error=None) for outcome in decoded.outcomes))


def _answer_once(signal: Signal, payloads: Sequence[bytes], context: RequestContext, received: int) -> Decoded:
    return replace(pure.decode(signal, payloads, context, received), outcomes=(Outcome(),))


@pytest.mark.parametrize("decode", [_lose_a_row, _take_anything, _answer_once])
def test_a_decoder_that_is_wrong_is_found(decode: Any, tmp_path: Path) -> None:
    """A row too few, a payload that should be refused, an outcome that is missing: each ends the run."""
    broken: Any = SimpleNamespace(decode=decode, encode=pure.encode)

    with pytest.raises(Difference):
        run([KernelTarget(broken, pure, _corpus())], 1, 2_000, _current(tmp_path))


def test_an_encoder_that_is_wrong_is_found(tmp_path: Path) -> None:
    """What does not come back as it was ends the run."""
    broken: Any = SimpleNamespace(decode=pure.decode, encode=lambda batch: pure.encode(batch)[:-1])

    with pytest.raises(Difference):
        run([KernelTarget(broken, pure, _corpus())], 1, 2_000, _current(tmp_path))


def test_memory_that_is_lost_is_found(tmp_path: Path) -> None:
    """A decoder that keeps some bytes of each call is over the limit, and one that keeps nothing is not."""
    kept: list[bytearray] = []

    def decode(*arguments: Any) -> Decoded:
        kept.append(bytearray(4_000))
        return pure.decode(*arguments)

    losing: Any = SimpleNamespace(decode=decode, encode=pure.encode)

    lost, none = (
        run([KernelTarget(native, pure, _corpus())], 1, 200, _current(tmp_path))["leaked bytes a round"]
        for native in (losing, pure)
    )

    assert lost > LEAK_LIMIT >= none


# an extension module in the place of the encoder's, whose function does the `{work}` of a test
_PLANTED = """
#include <Python.h>
#include <stdlib.h>
#include <unistd.h>
static PyObject *encode(PyObject *self, PyObject *batch) {{ {work} return PyBytes_FromString(""); }}
static PyMethodDef methods[] = {{{{"encode", encode, METH_O, ""}}, {{NULL, NULL, 0, NULL}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "encode", "", -1, methods}};
PyMODINIT_FUNC PyInit_encode(void) {{ return PyModule_Create(&module); }}
"""


def _plant(folder: Path, work: str, *flags: str) -> Path:
    """Compile an encoder that does `work`, laid out as `hatch_build.py` would; skips where nothing can compile."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not there")
    target = folder / "modules" / "otel_lift" / "kernel" / "native" / f"encode{sysconfig.get_config_var('EXT_SUFFIX')}"
    target.parent.mkdir(parents=True)
    source = folder / "encode.c"
    source.write_text(_PLANTED.format(work=work))
    command = [compiler, "-shared", "-fPIC", "-g", *flags, f"-I{sysconfig.get_path('include')}"]
    command += [str(source), "-o", str(target)]
    subprocess.run(command, check=True)
    return folder / "modules"


def _run(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fuzz", *map(str, options)]
    return subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)


@compiled
def test_a_read_out_of_bounds_is_found_and_can_be_run_again(tmp_path: Path) -> None:
    """Under AddressSanitizer the process dies at a read past a block; the input is kept, and dies again."""
    reads = "char *block = malloc(8); volatile char past = block[8 + (batch == NULL)]; (void)past; free(block);"
    modules = _plant(tmp_path, reads, "-fsanitize=address")
    try:
        environment()
    except SystemExit as missing:
        pytest.skip(str(missing))

    found = _run("--modules", modules, "--inputs", "100", "--failures", tmp_path / "failures")

    assert found.returncode == 1
    assert "heap-buffer-overflow" in found.stderr
    (path,) = (tmp_path / "failures").iterdir()
    assert f"REPLAY={path}" in found.stderr
    signal, payloads = unpack(Case.read(path).content)
    assert signal in Signal
    assert payloads
    again = _run("--modules", modules, "--replay", path, "--failures", tmp_path / "failures")
    assert again.returncode == 1
    assert "heap-buffer-overflow" in again.stderr


@compiled
def test_a_case_that_does_not_end_is_found(tmp_path: Path) -> None:
    """A process that stays at one case is killed, and the case kept."""
    modules = _plant(tmp_path, "for (;;) pause();")

    status = fuzz(["--inputs", "100", "--modules", str(modules)], tmp_path / "failures", start=1, stalled=1.0)

    assert status == 1
    assert len(list((tmp_path / "failures").iterdir())) == 1


@compiled
def test_a_folder_without_modules_is_refused(tmp_path: Path) -> None:
    """A run that would watch nothing does not pass as one that found nothing."""
    found = _run("--modules", tmp_path, "--inputs", "1", "--failures", tmp_path / "failures")

    assert found.returncode == 1
    assert "has no compiled module" in found.stderr


@each_signal
@given(data=st.data())
def test_a_message_is_taken_apart_and_put_together(signal: Signal, data: st.DataObject) -> None:
    """Nothing of a valid message is lost by the driver's own reader."""
    payload = data.draw(requests(signal)).SerializeToString()

    assert join(*split(payload)) == payload


def test_a_list_of_payloads_is_written_and_read() -> None:
    """A case of the kernel says all that was drawn."""
    payloads = [b"", b"a", bytes(300)]

    assert unpack(pack(Signal.LOGS, payloads)) == (Signal.LOGS, payloads)


@each_signal
def test_mutations_are_neither_all_refused_nor_all_taken(signal: Signal) -> None:
    """Of each signal a good part of the inputs goes through to the end, and a good part is refused."""
    corpus, rng = _corpus(), random.Random(7)
    payloads = [corpus.payload(rng, signal) for _ in range(600)]

    outcomes = pure.decode(signal, payloads, RequestContext(), 0).outcomes

    refused = sum(outcome.error is not None for outcome in outcomes)
    assert 60 < refused < 540


def test_a_seed_gives_the_same_cases() -> None:
    """A run can be had again: cases depend on the requests to start from, the seed and nothing else."""
    first, second = (KernelTarget(pure, pure, _corpus()) for _ in range(2))

    assert [first.draw(random.Random(at)) for at in range(50)] == [second.draw(random.Random(at)) for at in range(50)]


def test_no_compiled_module_is_left_out() -> None:
    """Every package with native modules is fuzzed, and of the column operations every function."""
    sources = [path for place in ("otel_lift", "processors", "exporters") for path in (_ROOT / place).rglob("*.pyx")]
    folders = {path.parent.parent if path.parent.name == "native" else path.parent for path in sources}
    packages = {".".join(folder.relative_to(_ROOT).parts).removeprefix("processors.") for folder in folders}

    assert packages == set(PACKAGES)
    assert set(FUNCTIONS) == set(arrays.__all__)
