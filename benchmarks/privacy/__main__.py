"""`make privacy-report`: run the corpus through the gateway and Presidio, and print precision and recall."""

import argparse
import json
import platform
import re
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from benchmarks.privacy.coverage import visits
from benchmarks.privacy.gateway import Gateway
from benchmarks.privacy.oracle import Oracle
from benchmarks.privacy.score import REPORT_SEED, Corpus, judge, ours
from benchmarks.privacy.tables import Report
from benchmarks.report import RESULTS
from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS

_WIDTH = 132
_START, _END = "<!-- privacy: written by `make privacy-report WRITE=1` -->", "<!-- end of privacy -->"


def main() -> int:
    """Answer 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=REPORT_SEED, help="of the corpus")
    parser.add_argument("--plain", type=int, default=40, help="plain texts of each kind")
    parser.add_argument("--each", type=int, default=6, help="texts of each kind in each other form")
    parser.add_argument("--clean", type=int, default=150, help="clean texts of each family")
    parser.add_argument("--json", action="store_true", help="print JSON, not tables")
    parser.add_argument("--misses", type=int, default=0, help="also print so many of what was missed and wrongly found")
    parser.add_argument("--no-oracle", action="store_true", help="leave Presidio out")
    parser.add_argument("--write", action="store_true", help="write the section Privacy of RESULTS.md")
    asked = parser.parse_args()
    oracle = None if asked.no_oracle else Oracle.here()
    corpus = Corpus.make(asked.seed, plain=asked.plain, each=asked.each, clean=asked.clean)
    with tempfile.TemporaryDirectory() as folder, Gateway(Path(folder)) as gateway:
        found = judge(corpus, ours(gateway))
        seen = {signal: list(visits(gateway, signal, REQUESTS[signal])) for signal in Signal}
    report = Report(asked.seed, corpus, found, judge(corpus, oracle.find) if oracle else None, seen)
    if asked.json:
        print(json.dumps(report.json(), indent=1))
    else:
        _print(report, asked.misses)
    if asked.write:
        _write(
            report,
            f"--seed {asked.seed} --plain {asked.plain} --each {asked.each} --clean {asked.clean}",
            oracle.version if oracle else "",
        )
    return 1 if report.failures() else 0


def _print(report: Report, misses: int) -> None:
    console = Console()
    if console.width < _WIDTH:
        console = Console(width=_WIDTH)
    for sheet in report.sheets():
        console.print(sheet.rich())
    console.print(report.summary(), highlight=False)
    for needle, left in report.ours.misses[:misses]:
        print(f"missed {needle.kind}, {needle.form}: {needle.text!r}, left {left!r}")
    for group, text, rules in report.ours.false[:misses]:
        print(f"wrongly found in {group} by {rules}: {text!r}")
    for failure in report.failures():
        console.print(f"[red]{failure}[/red]")


def _write(report: Report, options: str, version: str) -> None:
    how = f"`python -m benchmarks.privacy {options}`; {time.strftime('%Y-%m-%d')}; Python {platform.python_version()}"
    parts = ["; ".join(filter(None, (how, version))), report.summary(), *(one.markdown() for one in report.sheets())]
    text = RESULTS.read_text()
    place = re.compile(re.escape(_START) + ".*?" + re.escape(_END), re.DOTALL)
    written, places = place.subn(lambda _: "\n\n".join([_START, *parts, _END]), text)
    if not places:
        raise ValueError(f"{RESULTS.name} has no place for the report: add the lines {_START} and {_END}")
    RESULTS.write_text(written)


if __name__ == "__main__":
    sys.exit(main())
