"""`otel-lift redact`: what the rules do to a sample, and what other rules would do to live traffic."""

import json
import re
import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape

from otel_lift.batch import Batch
from otel_lift.config import load
from otel_lift.errors import ConfigError
from otel_lift_redaction.config import RedactionConfig
from otel_lift_redaction.explain import Explained, Sample, explain, read
from otel_lift_redaction.explain import show as explained
from otel_lift_redaction.explain.write import written
from otel_lift_redaction.processor import RedactionProcessor
from otel_lift_redaction.settings import actions_of, candidate_of, live_processor
from otel_lift_redaction.shadow import show as rehearsed
from otel_lift_redaction.shadow.run import rehearse
from otel_lift_redaction.summary import Summary

__all__ = ["app"]

app = typer.Typer(subcommand_metavar="")

_output = Console()
_remarks = Console(stderr=True)

_FOUND = 3
_FAILED = 1
_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smh]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LONGEST = 86_400.0


class _Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"


@app.callback(invoke_without_command=True)
def redact(
    sample: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="FILE|-",
            help="Show what redaction does to a sample: OTLP JSON (an export request, or several one after another), "
            "or else a text, taken as one value; `-` is standard input.",
        ),
    ] = None,
    candidate: Annotated[
        Path | None,
        typer.Option(
            "--shadow",
            metavar="FILE",
            help="Run these redaction settings beside those of the running gateway, and report what they would change.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="The gateway's configuration file; `--explain` takes the default rules without one.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    processor: Annotated[
        str | None, typer.Option("--processor", help="The id of the redaction processor, where there are several.")
    ] = None,
    duration: Annotated[
        str, typer.Option("--for", help="How long `--shadow` runs: 30s, 5m, 1h; Ctrl-C ends it earlier.")
    ] = "60s",
    share: Annotated[
        float, typer.Option("--share", help="The share of batches that `--shadow` looks at, above 0 and up to 1.")
    ] = 1.0,
    output_format: Annotated[_Format, typer.Option("--format", "-f", help="How to print the answer.")] = _Format.TABLE,
    output: Annotated[
        bool, typer.Option("--output", help="With `--explain`: print the redacted document, and no findings.")
    ] = False,
    fail_on_finding: Annotated[
        bool, typer.Option("--fail-on-finding", help="With `--explain`: end with exit code 3 where something is found.")
    ] = False,
) -> None:
    """Show what redaction does to a sample, or what other settings would do to live traffic."""
    if (sample is None) == (candidate is None):
        raise typer.BadParameter("give either --explain FILE or --shadow FILE")
    if sample is not None:
        found = _explain(sample, config, processor, output_format, output=output)
        raise typer.Exit(_FOUND if found and fail_on_finding else 0)
    assert candidate is not None
    if config is None:
        raise typer.BadParameter("--shadow needs --config, the configuration of the running gateway")
    if not 0 < share <= 1:
        raise typer.BadParameter("--share is above 0 and at most 1")
    _shadow(candidate, config, processor, _seconds(duration), share, output_format)


def _explain(file: str, config: Path | None, processor: str | None, output_format: _Format, *, output: bool) -> bool:
    """Print what is found in a file; answer whether there is anything. Nothing of it is kept."""
    settings = RedactionConfig() if config is None else live_processor(load(config), processor)[1]
    samples = read(_content(file), "standard input" if file == "-" else file)
    if settings.hash_key is None:
        # the gateway's own key stays where it is: a run that only shows must not make or use one
        settings = settings.model_copy(update={"hash_key": SecretStr(secrets.token_hex())})
    rules = RedactionProcessor.only_finding(settings, Path())
    results = [(sample, *_result(rules, sample)) for sample in samples]
    actions = actions_of(settings)
    if output:
        for sample, _, redacted in results:
            sys.stdout.write(written(sample, redacted) + ("" if sample.signal is None else "\n"))
    elif output_format is _Format.JSON:
        content = [finding for sample, found, _ in results for finding in explained.as_json(sample, found, actions)]
        sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    else:
        explained.print_table(_output, [(sample, found) for sample, found, _ in results], actions)
    count = sum(len(one.details) for _, found, _ in results for one in found)
    _remark(
        f"findings: {count}, in {sum(len(sample.batch) for sample in samples)} records. Only redaction is shown: "
        "processors before it, such as pseudonyms and consent, may change or remove values first."
    )
    for sample in samples:
        if sample.rejected:
            _remark(f"line {sample.line}: {sample.rejected} records are refused and not looked at: {sample.message}")
    return count > 0


def _result(rules: RedactionProcessor, sample: Sample) -> tuple[list[Explained], Batch]:
    if not len(sample.batch):
        return [], sample.batch
    unread = Summary(sample.batch, ())
    outcome = rules.find(sample.batch, unread)
    return explain(sample.batch, outcome), outcome.applied(unread)


def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be read ({error.strerror}); name a file, or `-` for standard input"
        ) from error


def _shadow(
    file: Path, config: Path, processor: str | None, seconds: float, share: float, output_format: _Format
) -> None:
    loaded = load(config)
    name, live = live_processor(loaded, processor)
    candidate = candidate_of(file, name)
    told = f"{file} runs beside {name!r} for {seconds:g} s; Ctrl-C ends it earlier and reports"
    tally = rehearse(loaded.service, name, candidate, seconds=seconds, share=share, begun=lambda: _remark(told))
    if tally is None:
        raise ConfigError(
            f"no process of the gateway looked at a batch for {name!r}: send traffic while this runs, and name the "
            "configuration that the gateway runs with"
        )
    if output_format is _Format.JSON:
        sys.stdout.write(json.dumps(rehearsed.as_json(tally, live, candidate), indent=2, ensure_ascii=False) + "\n")
    else:
        rehearsed.print_table(_output, tally, live, candidate)
    if tally.failures:
        failures = ", ".join(f"{name} {count} times" for name, count in sorted(tally.failures.items()))
        _remark(f"the candidate failed on batches ({failures}); the live rules were not affected")
        raise typer.Exit(_FAILED)


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not 1 <= seconds <= _LONGEST:
        raise typer.BadParameter("--for is a time from 1s to 24h, such as 30s, 5m or 1h")
    return seconds


def _remark(text: str) -> None:
    _remarks.print(escape(text), highlight=False, soft_wrap=True)
