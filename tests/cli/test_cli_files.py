"""The commands that work on files: validate, keys, schema print; each through the installed executable."""

import re
import stat
from pathlib import Path

import pytest
import yaml
from command_line import gateway_file, message_of, otel_lift

from otel_lift import __version__


def test_a_good_file_is_valid(tmp_path: Path) -> None:
    """`validate` of a good file names its pipelines and ends with 0."""
    result = otel_lift("validate", "-c", gateway_file(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert "valid:" in result.stdout
    assert "logs" in result.stdout


def test_a_bad_file_is_told_by_line_and_remedy(tmp_path: Path) -> None:
    """`validate` of a bad file names the place, the key and what it may have meant."""
    file = gateway_file(tmp_path, {"processors": {"consent": {"defualt": "denied"}}})
    line = 1 + next(number for number, text in enumerate(file.read_text().splitlines()) if "defualt" in text)
    message = message_of(otel_lift("validate", "-c", file))
    assert f"lift.yaml:{line}:" in message
    assert "processors.consent" in message
    assert "'default'" in message


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A configuration file that does not exist is an error of usage, told without a traceback."""
    result = otel_lift("validate", "-c", tmp_path / "none.yaml")
    assert result.returncode == 2
    assert "does not exist" in result.stderr
    assert "Traceback" not in result.stderr


def test_show_prints_all_settings_and_no_secret(tmp_path: Path) -> None:
    """`validate --show` prints whole YAML with defaults; secrets and values of the environment are masked."""
    exporter = {"dsn": "clickhouse://lift:pa55word@store.example:8443/otel?secure=1"}
    rule = {"match": ["*note*"], "action": "keep", "unless": [f"kept.{number:040}" for number in range(4)]}
    changes = {
        "exporters": {"clickhouse": exporter},
        "processors": {"redaction": {"hash_key": "${env:HASH_KEY}", "keys": [rule]}},
        "service": {
            "pipelines": {"logs": {"processors": ["pseudonyms", "consent", "redaction", "anonymise"]}},
        },
    }
    result = otel_lift("validate", "--show", "-c", gateway_file(tmp_path, changes), HASH_KEY="s3cret" * 8, COLUMNS="60")
    assert result.returncode == 0, result.stderr
    assert "pa55word" not in result.stdout + result.stderr
    assert "s3cret" not in result.stdout + result.stderr
    shown = yaml.safe_load(result.stdout.partition("valid:")[0])
    assert shown["exporters"]["clickhouse"]["dsn"] == "***"
    assert shown["processors"]["redaction"]["hash_key"] == "***"
    assert shown["processors"]["redaction"]["keys"][0]["unless"] == rule["unless"]
    assert shown["service"]["workers"] == 1


def test_keys_are_made_rotated_and_listed(tmp_path: Path) -> None:
    """`keys make` makes a private file once, `rotate` adds a current key, `list` shows no secret."""
    file = tmp_path / "keys" / "pseudonyms.keys"
    assert otel_lift("keys", "make", file).returncode == 0
    made = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = otel_lift("keys", "make", file)
    assert "already there" in again.stdout
    assert file.read_text() == made
    assert otel_lift("keys", "rotate", file).returncode == 0
    assert file.read_text().startswith(made)
    listed = otel_lift("keys", "list", file).stdout
    lines = listed.splitlines()
    assert [line.endswith("current") for line in lines] == [False, True]
    secrets = re.findall(r": ([0-9a-f]{64})", file.read_text())
    assert len(secrets) == 3  # the ledger's key, and two of pseudonyms
    assert not any(secret in listed for secret in secrets)


@pytest.mark.parametrize("command", ["rotate", "list"])
def test_keys_that_are_not_there_are_told(command: str, tmp_path: Path) -> None:
    """`keys rotate` and `keys list` of a file that is not there say which it is."""
    assert "none.keys" in message_of(otel_lift("keys", command, tmp_path / "none.keys"))


def test_keys_that_are_none_are_told_without_what_they_are(tmp_path: Path) -> None:
    """`keys list` of a file that holds something else names the line and never repeats it."""
    file = tmp_path / "wrong.keys"
    file.write_text("ledger: hunter2\n")
    message = message_of(otel_lift("keys", "list", file))
    assert "line 1" in message
    assert "hunter2" not in message


def test_schema_print_follows_its_options() -> None:
    """`schema print` writes SQL for the database, the cluster and the days that are given."""
    printed = otel_lift("schema", "print", "--database", "lift", "--cluster", "main", "--ttl-raw", "7").stdout
    statements = [statement for statement in printed.split(";\n") if statement.strip()]
    assert statements[0].startswith("CREATE DATABASE IF NOT EXISTS `lift` ON CLUSTER `main`")
    assert all("ON CLUSTER `main`" in statement for statement in statements)
    assert "toIntervalDay(7)" in printed
    assert "(Timestamp) + toIntervalDay(90)" not in printed


def test_a_command_that_is_none_is_an_error_of_usage() -> None:
    """An unknown command ends with 2 and names what was asked for."""
    result = otel_lift("reload")
    assert result.returncode == 2
    assert "reload" in result.stderr


def test_the_version_is_printed() -> None:
    """`--version` prints the version alone."""
    assert otel_lift("--version").stdout == f"otel-lift {__version__}\n"
