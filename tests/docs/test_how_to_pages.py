"""The how-to pages are true: their snippets run, through a real gateway where they need one."""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from clickhouse_engines import server_process
from command_line import EXECUTABLE, gateway_file
from gateways import free_port

from otel_lift.batch import Signal
from otel_lift.cli.reference import commands, page
from otel_lift.config import load, loads
from otel_lift.pipeline.quarantine import Quarantine
from otel_lift.queries import QUERIES
from otel_lift.receivers.otlp.events import events_to_protobuf
from otel_lift.store import open_store
from otel_lift.store.schema import SchemaOptions, apply

ROOT = Path(__file__).parents[2]
PAGES = [
    "docs/app-developer.md",
    "docs/analyst.md",
    "docs/platform-team.md",
    "docs/on-call.md",
    "docs/privacy-officer.md",
    "README.md",
]
PROCESSORS = ["pseudonyms", "consent", "validation", "redaction", "patterns", "anonymise"]


def snippets(path: str, language: str) -> list[str]:
    """Answer the blocks of a language of a page."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / path).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@dataclass(frozen=True)
class Running:
    """A gateway that takes requests, and where."""

    data: Path
    http: int
    sql: int

    def here(self, text: str) -> str:
        """Put this gateway's ports in place of the pages'."""
        return text.replace(":4318", f":{self.http}").replace(":8123", f":{self.sql}").replace("=8123", f"={self.sql}")

    def rows(self, sql: str) -> list[list[object]]:
        """Ask the store."""
        with open_store(f"clickhouse://127.0.0.1:{self.sql}/otel") as store:
            return [list(row) for row in store.query(sql).rows]

    def wait(self, sql: str, expected: list[list[object]]) -> None:
        """Ask until the store answers what is expected."""
        pause = threading.Event()
        for _ in range(100):
            if (found := self.rows(sql)) == expected:
                return
            pause.wait(0.1)
        pytest.fail(f"{found} instead of {expected}")


def _until_listening(port: int) -> None:
    pause = threading.Event()
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.1)
    pytest.fail(f"nothing listens on {port}")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run the gateway of the pages on other ports."""
    folder = tmp_path_factory.mktemp("gateway")
    running = Running(folder / "data", free_port(), free_port())
    http = {"endpoint": f"127.0.0.1:{running.http}", "cors": {"allowed_origins": ["https://app.example.com"]}}
    file = gateway_file(
        folder,
        {
            "receivers": {"otlp": {"protocols": {"http": http}}},
            "processors": dict.fromkeys(PROCESSORS),
            "exporters": {"clickhouse": {"sql_endpoint": {"endpoint": f"127.0.0.1:{running.sql}"}}},
            "service": {
                "spool": {"segment_max_age": 0.2},
                "pipelines": {
                    name: {"receivers": ["otlp"], "processors": PROCESSORS, "exporters": ["clickhouse"]}
                    for name in ("logs", "metrics", "traces")
                },
            },
        },
    )
    process = subprocess.Popen(
        [EXECUTABLE, "run", "-c", file], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = ""
        while "ready ingest" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        _until_listening(running.sql)
        yield running
    finally:
        process.terminate()
        process.wait(60)
    assert process.returncode == 0


def _run(code: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_app_sends_what_the_page_says(gateway: Running) -> None:
    """The app developer's Python sends spans and events, which are stored with what was agreed to."""
    _run(gateway.here("\n".join(snippets("docs/app-developer.md", "python"))))
    gateway.wait(
        "SELECT event, endpoint, consent, subject != '', validation FROM lift_events "
        "WHERE service = 'shop' ORDER BY event, status",
        [
            ["api_error", "/cart", "granted_by_record", True, ""],
            ["api_error", "/cart", "granted_by_record", True, ""],
            ["feature_used", "", "granted_by_record", True, ""],
        ],
    )
    gateway.wait("SELECT SpanName, SpanAttributes['lift.event'] FROM otel_traces", [["POST /cart", "api_error"]])
    gateway.wait(
        "SELECT MetricName, Value, Attributes FROM otel_metrics_sum", [["shop.carts", 1, {"http.route": "/cart"}]]
    )


def test_a_browser_sends_what_the_page_says(gateway: Running) -> None:
    """The page's curl posts an event, its JSON is a consent update that grants the person's later events."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    (posted, asked) = snippets("docs/app-developer.md", "sh")
    answer = subprocess.run(
        ["bash", "-c", gateway.here(posted)], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.startswith("HTTP/1.1 200"), answer.stdout
    gateway.wait(
        "SELECT page, duration_ms, consent FROM lift_events WHERE service = 'web'",
        [["/home", 830.0, "granted_by_record"]],
    )
    (update,) = snippets("docs/app-developer.md", "json")
    later = {
        "event": "feature_used",
        "user_id": "u-4711",
        "service": "later",
        "data": {"feature": "notes", "action": "view"},
    }
    for body in (update, json.dumps(later)):
        url = f"http://127.0.0.1:{gateway.http}/v1/events"
        subprocess.run([curl, "-sf", url, "-H", "Content-Type: application/json", "-d", body], check=True, timeout=60)
    gateway.wait("SELECT event, consent FROM lift_events WHERE service = 'later'", [["feature_used", "granted"]])
    shown = subprocess.run(["bash", "-c", gateway.here(asked)], capture_output=True, text=True, check=True, timeout=60)
    assert "user_consent_update" in shown.stdout


def test_an_analyst_asks_what_the_page_says(gateway: Running) -> None:
    """The analyst's Python, and each curl, are answered by the gateway's SQL endpoint."""
    (python,) = snippets("docs/analyst.md", "python")
    assert "event" in _run(gateway.here(python))
    for block in snippets("docs/analyst.md", "sh"):
        if block.startswith("curl"):
            answer = subprocess.run(["bash", "-c", gateway.here(block)], capture_output=True, text=True, check=True)
            assert "Exception" not in answer.stdout


def test_kept_requests_are_sent_again_as_the_page_says(gateway: Running) -> None:
    """The Python of the page for on-call sends quarantined requests through the gateway and deletes them."""
    quarantine = Quarantine(gateway.data / "quarantine", max_bytes=1 << 20)
    event = {"event": "db_error", "service": "kept", "data": {"query_type": "SELECT"}}
    quarantine.put(Signal.LOGS, events_to_protobuf(json.dumps(event).encode(), max_events=1))
    (python,) = snippets("docs/on-call.md", "python")
    _run(gateway.here(python), gateway.data)
    assert list((gateway.data / "quarantine").glob("*.otlp")) == []
    gateway.wait("SELECT event FROM lift_events WHERE service = 'kept'", [["db_error"]])


def test_every_sql_of_the_analyst_runs(tmp_path: Path) -> None:
    """Each SQL block runs through the read-only endpoint on tables of the present schema."""
    statements = snippets("docs/analyst.md", "sql")
    assert len(statements) >= 5
    with open_store(f"chdb://{tmp_path}/store") as store:
        apply(store, SchemaOptions())
    with server_process(tmp_path / "store") as port, open_store(f"clickhouse://127.0.0.1:{port}/otel") as store:
        for statement in statements:
            store.query(statement)


def test_tables_of_the_analyst_are_those_of_the_schema(tmp_path: Path) -> None:
    """The table of tables names every table of the store."""
    with open_store(f"chdb://{tmp_path}/store") as store:
        apply(store, SchemaOptions())
        tables = store.query("SELECT name FROM system.tables WHERE database = 'otel' AND engine LIKE '%MergeTree'").rows
    named = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/analyst.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(str(row[0]) for row in tables)


@pytest.mark.parametrize("path", PAGES)
def test_commands_of_a_page_are_there(path: str) -> None:
    """Each `otel-lift` line of a page is a command with options that it has."""
    sections = {name: page().split(f"## {name}\n")[1].split("\n## ")[0] for name, _ in commands()}
    lines = [line for block in snippets(path, "sh") for line in block.splitlines() if line.startswith("otel-lift ")]
    for line in lines:
        words = line.split("#")[0].split()
        name = next((name for name in sections if words[: len(name.split())] == name.split()), None)
        assert name is not None, line
        for word in words:
            if re.match("-[^0-9]", word):
                assert f"`{word}`" in sections[name], line
        if name == "otel-lift query" and len(words) > 2:
            assert words[2] in QUERIES, line


def _merged(config: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    both = {key: _merged(config[key], part[key]) for key in config.keys() & part.keys() if isinstance(part[key], dict)}
    return {**config, **part, **both}


def test_the_configurations_of_a_page_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform team's configuration is valid as it stands; its parts, and that for app developers, complete it."""
    whole, *parts, collector = snippets("docs/platform-team.md", "yaml")
    assert loads(whole).service.workers == 2
    assert len(parts) == 3
    for text in parts:
        assert loads(yaml.safe_dump(_merged(yaml.safe_load(whole), yaml.safe_load(text)))).warnings == ()
    assert set(yaml.safe_load(collector)["exporters"]) == {"otlp/lift"}
    (part,) = snippets("docs/app-developer.md", "yaml")
    completed = yaml.safe_load(whole)
    completed["receivers"] = yaml.safe_load(part)["receivers"]
    cors = loads(yaml.safe_dump(completed)).receivers["otlp"].config.protocols.http.cors
    assert cors.allowed_origins == ("https://app.example.com",)
    assert load(ROOT / "collector-config" / "lift.yaml").warnings == ()


def test_settings_that_pages_name_exist() -> None:
    """Each `service...` key in a page's prose is one of the reference page."""
    reference = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    for path in PAGES:
        for key in re.findall(r"`service\.([a-z_.]+)", (ROOT / path).read_text(encoding="utf-8")):
            assert f"| `{key}` |" in reference, (path, key)


def test_metrics_that_pages_name_exist() -> None:
    """Each metric in a page's prose is one of the metrics page."""
    metrics = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")
    for path in PAGES:
        for name in re.findall(r"`(otel_lift_[a-z_]+)`", (ROOT / path).read_text(encoding="utf-8")):
            assert f"| `{name}` |" in metrics, (path, name)
