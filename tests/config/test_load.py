"""Reading configurations: what is accepted, and what each mistake is told."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from otel_lift.batch import Signal
from otel_lift.config import Configuration, Registry, load, loads
from otel_lift.errors import ConfigError
from otel_lift.pipeline import ComponentConfig


class _Grpc(ComponentConfig):
    endpoint: str = Field(default="127.0.0.1:4317", description="Address.")


class _ReceiverConfig(ComponentConfig):
    grpc: _Grpc | None = Field(default=_Grpc(), description="gRPC.")
    max_size: int = Field(default=10, ge=1, description="Bytes.")


class _Rule(ComponentConfig):
    name: str = Field(description="Its name.")
    action: str | int = Field(default="mask", description="What it does.")


class _RulesConfig(ComponentConfig):
    rules: list[_Rule] = Field(default=[], description="Rules.")
    by_key: dict[str, _Rule] = Field(default={}, description="Rules by key.")


class _ExporterConfig(ComponentConfig):
    dsn: str = Field(default="chdb://", description="Where.")
    password: SecretStr | None = Field(default=None, description="Secret.")


@dataclass(frozen=True)
class _Component:
    name: str
    config: type[ComponentConfig]
    after: frozenset[str] = field(default=frozenset())
    requires: frozenset[str] = field(default=frozenset())


REGISTRY = Registry.of(
    receivers=[_Component("otlp", _ReceiverConfig)],
    processors=[
        _Component("pseudonyms", ComponentConfig),
        _Component("consent", ComponentConfig, frozenset({"pseudonyms"}), frozenset({"anonymise"})),
        _Component("redaction", _RulesConfig, frozenset({"pseudonyms", "consent"})),
        _Component("anonymise", ComponentConfig, frozenset({"consent", "redaction"})),
    ],
    exporters=[_Component("clickhouse", _ExporterConfig)],
)

GOOD = """\
receivers:
  otlp:
    grpc: {endpoint: "127.0.0.1:${env:PORT:-4317}"}
processors:
  pseudonyms:
  redaction/strict:
    rules:
      - name: order
exporters:
  clickhouse:
    dsn: ${env:DSN:-chdb://}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [pseudonyms, redaction/strict], exporters: [clickhouse]}
    logs/eu: {receivers: [otlp], exporters: [clickhouse]}
"""


def read(text: str, **environ: str) -> Configuration:
    return loads(text, "lift.yaml", environ, REGISTRY)


def problems(text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(text, **environ)
    return str(refused.value).splitlines()


def with_pipeline(processors: str) -> str:
    ids = [id_.strip() for id_ in processors.split(",")]
    configured = "".join(f"  {id_}:\n" for id_ in dict.fromkeys(ids))
    return (
        f"receivers:\n  otlp:\nprocessors:\n{configured}exporters:\n  clickhouse:\n"
        f"service:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [clickhouse]\n"
        f"      processors: [{processors}]\n"
    )


def test_a_file_becomes_typed_components_pipelines_and_settings(tmp_path: Path) -> None:
    """A configuration in the Collector's shape is read into typed settings, ids kept, defaults filled in."""
    path = tmp_path / "lift.yaml"
    path.write_text(GOOD)
    got = load(path, {"OTEL_LIFT_DATA": "/var/lib/lift"}, REGISTRY)
    assert got.receivers["otlp"].config.grpc.endpoint == "127.0.0.1:4317"
    assert got.processors["redaction/strict"].component.name == "redaction"
    assert got.processors["redaction/strict"].config.rules == [_Rule(name="order")]
    assert got.pipelines["traces"].processors == ("pseudonyms", "redaction/strict")
    assert got.pipelines["logs/eu"].signal is Signal.LOGS
    assert got.service.data == Path("/var/lib/lift")
    assert got.service.telemetry.metrics.endpoint == "127.0.0.1:8888"
    assert got.warnings == ()


def test_the_data_folder_has_a_default_and_can_be_set() -> None:
    """Without the variable the data folder is ./lift-data; the file comes before the variable."""
    assert read(GOOD).service.data == Path("lift-data")
    assert read(GOOD.replace("service:", "service:\n  data: here"), OTEL_LIFT_DATA="there").service.data == Path("here")


def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    """A missing file and one that is not UTF-8 are named, with what to do."""
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read \(No such file or directory\)"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(tmp_path / "bytes.yaml")


def test_all_problems_are_told_at_once_each_with_its_place_and_remedy() -> None:
    """Errors of syntax level, of fields and of references come together, in the file's order, one a line."""
    text = """\
receivers:
  otlp:
    max_szie: 3
    grpc: {endpoint: 5}
processors:
  redacton:
  redaction:
    rules:
      - action: [1]
exporters:
  clickhouse: {dsn: "${env:DSN}"}
servce: {}
service:
  workers: many
  pipelines:
    traces:
      receivers: [otlp]
      processors: [redaction, consent, redactoin]
      exporters: []
"""
    assert problems(text) == [
        "lift.yaml:3:5 receivers.otlp.max_szie: unknown key 'max_szie'; did you mean 'max_size'?",
        "lift.yaml:4:22 receivers.otlp.grpc.endpoint: should be a valid string, not 5; put it in quotes",
        "lift.yaml:6:3 processors.redacton: unknown processor 'redacton'; did you mean 'redaction'?",
        "lift.yaml:9:9 processors.redaction.rules[0].name: is required: Its name.",
        (
            "lift.yaml:9:17 processors.redaction.rules[0].action: should be a valid string, not a list"
            " or should be a valid integer, not a list"
        ),
        (
            "lift.yaml:11:21 exporters.clickhouse.dsn: environment variable DSN is not set; set it, or write"
            " `${env:DSN:-default}`"
        ),
        "lift.yaml:12:1 servce: unknown key 'servce'; did you mean 'service'?",
        "lift.yaml:14:12 service.workers: should be a valid integer, not 'many'",
        "lift.yaml:19:18 service.pipelines.traces.exporters: needs at least 1",
    ]


def test_a_pipeline_names_only_components_that_are_configured() -> None:
    """An unknown reference gets the nearest name; a known type that is not configured is told how to be."""
    text = with_pipeline("pseudonyms").replace("[pseudonyms]", "[pseudonim, redaction, zzz]")
    assert problems(text) == [
        (
            "lift.yaml:12:20 service.pipelines.traces.processors[0]: unknown processor 'pseudonim';"
            " did you mean 'pseudonyms'?"
        ),
        (
            "lift.yaml:12:31 service.pipelines.traces.processors[1]: processor 'redaction' is not configured;"
            " add `redaction:` under `processors`"
        ),
        (
            "lift.yaml:12:42 service.pipelines.traces.processors[2]: unknown processor 'zzz';"
            " known: anonymise, consent, pseudonyms, redaction"
        ),
    ]


def test_what_no_pipeline_uses_is_a_warning() -> None:
    """A component that stands in no pipeline does not stop the gateway, but is told."""
    text = GOOD.replace("  pseudonyms:\n", "  pseudonyms:\n  consent:\n")
    assert [str(one) for one in read(text).warnings] == [
        "lift.yaml:6:3 processors.consent: is not used; name it in a pipeline or remove it"
    ]


@pytest.mark.parametrize(
    ("processors", "message"),
    [
        ("redaction, pseudonyms", "processors[1]: 'pseudonyms' must come before 'redaction'; move 'pseudonyms' up"),
        ("redaction/a, pseudonyms/b", "processors[1]: 'pseudonyms/b' must come before 'redaction/a'; move"),
        ("pseudonyms, consent", "processors[1]: 'consent' cannot work without 'anonymise'; add 'anonymise' to this"),
        ("anonymise, consent", "processors[1]: 'consent' must come before 'anonymise'; move 'consent' up"),
        ("pseudonyms, pseudonyms", "processors[1]: 'pseudonyms' is listed twice; remove one"),
    ],
)
def test_processors_stand_in_an_order_that_protects(processors: str, message: str) -> None:
    """A wrong order, a consent that nothing enforces and a repeated processor are refused, saying what to move."""
    assert message in problems(with_pipeline(processors))[0]


def test_two_mistakes_in_one_place_are_both_told() -> None:
    """A processor that stands wrong and lacks its partner gets a line for each."""
    assert [line.partition(": ")[2][:30] for line in problems(with_pipeline("redaction, consent"))] == [
        "'consent' must come before 're",
        "'consent' cannot work without ",
    ]


def test_the_right_order_is_accepted() -> None:
    """The documented order of processors is valid, whichever of them are left out."""
    for processors in ("pseudonyms, consent, redaction, anonymise", "consent, anonymise", "redaction"):
        assert read(with_pipeline(processors)).warnings == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("profiles", "this version does not carry profiles; remove this pipeline"),
        (
            "trace",
            "should be named after a signal (logs, metrics, traces), with `/name` if wanted; did you mean 'traces'?",
        ),
        ("traces/", "should be named after a signal (logs, metrics, traces)"),
    ],
)
def test_pipelines_are_named_after_signals(name: str, message: str) -> None:
    """A pipeline of a signal that is not carried, or not known, is refused with the known ones."""
    assert message in problems(with_pipeline("redaction").replace("traces:", f"{name}:"))[0]


@pytest.mark.parametrize("text", ["", "[]", "service: 3", "service: {}", "service: {pipelines: {}}"])
def test_a_configuration_without_a_pipeline_is_refused(text: str) -> None:
    """Nothing, another shape, and a service without pipelines are told what is needed."""
    assert problems(text)


def test_two_listeners_on_one_address_are_refused() -> None:
    """Receivers, and the gateway's own pages, may not share a port, wildcard addresses and defaults included."""
    text = with_pipeline("redaction")
    two = text.replace("  otlp:\n", "  otlp:\n  otlp/b: {grpc: {endpoint: 'localhost:4317'}}\n").replace(
        "[otlp]", "[otlp, otlp/b]"
    )
    assert problems(two) == [
        (
            "lift.yaml:3:29 receivers.otlp/b.grpc.endpoint: port 4317 is already taken by receivers.otlp.grpc.endpoint;"
            " choose another"
        )
    ]
    wildcard = text.replace("service:\n", "service:\n  health: {endpoint: '0.0.0.0:4317'}\n")
    assert "service.health.endpoint: port 4317 is already taken" in problems(wildcard)[0]
    assert read(two.replace("localhost:4317", "127.0.0.2:4317"))
    assert read(two.replace("localhost:4317", "localhost:0"))


def test_secrets_are_masked_wherever_they_are_shown() -> None:
    """Values of the environment and secret fields appear in no representation, masked output or error."""
    text = GOOD.replace("service:\n", "    password: plainsecret\nservice:\n", 1)
    got = read(text, DSN="clickhouse://lift:hunter2@db", PORT="4317")
    shown = got.masked()
    assert shown["exporters"]["clickhouse"] == {"dsn": "***", "password": "***"}
    assert shown["service"]["workers"] == 1
    assert shown["processors"]["redaction/strict"]["rules"] == [{"name": "order", "action": "mask"}]
    for text_shown in (repr(got), str(shown)):
        assert "hunter2" not in text_shown
        assert "plainsecret" not in text_shown
    assert "hunter2" not in "".join(problems(GOOD.replace("dsn: ", "password: {x: 1}\n    dsm: "), DSN="hunter2"))
    assert "hunter2" not in "".join(
        problems(text.replace("service:\n", "service:\n  workers: ${env:W}\n"), W="hunter2")
    )
    assert "hunter2" not in "".join(problems(text.replace("plainsecret", "[hunter2]")))


def test_keys_with_dots_are_quoted_in_paths() -> None:
    """A path stays readable and unambiguous when a user's own key holds a dot."""
    text = with_pipeline("redaction").replace("  redaction:\n", "  redaction: {by_key: {user.id: {nam: x}}}\n")
    assert "lift.yaml:4:34 processors.redaction.by_key['user.id'].nam: " in problems(text)[1]


def test_a_configuration_cannot_be_changed() -> None:
    """What was checked stays as it was checked."""
    got = read(GOOD)
    with pytest.raises(TypeError):
        got.receivers["other"] = got.receivers["otlp"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        got.file = "other"  # type: ignore[misc]
