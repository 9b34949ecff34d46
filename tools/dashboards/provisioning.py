"""The files by which Grafana finds the store, the dashboards and the alert rules."""

from typing import Any

import yaml

from tools.dashboards.alerts import groups
from tools.dashboards.boards import SOURCE_NAME, SOURCE_UID
from tools.dashboards.links import PLUGIN

__all__ = ["alert_rules", "dashboard_provider", "data_source"]

_HEAD = "# Written by `make dashboards`; change tools/dashboards instead.\n"


class _Dumper(yaml.SafeDumper):
    """Writes SQL over as many lines as it has, and equal parts each time in full."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the base names it so
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def data_source() -> str:
    """Answer the data source: the gateway's own SQL endpoint, by the HTTP protocol."""
    shared = {"defaultDatabase": "otel", "otelEnabled": True, "otelVersion": "latest"}
    settings = {
        "host": "127.0.0.1",
        "port": 8123,
        "protocol": "http",
        "secure": False,
        "username": "default",
        "defaultDatabase": "otel",
        "queryTimeout": "60",
        "logs": {**shared, "defaultTable": "otel_logs"},
        "traces": {**shared, "defaultTable": "otel_traces", "durationUnit": "nanoseconds"},
    }
    source = {
        "name": SOURCE_NAME,
        "uid": SOURCE_UID,
        "type": PLUGIN,
        "access": "proxy",
        "jsonData": settings,
        # Grafana reads it from its environment; without a token the variable is unset and the password empty.
        "secureJsonData": {"password": "$OTEL_LIFT_SQL_TOKEN"},
    }
    return _written({"apiVersion": 1, "datasources": [source]})


def dashboard_provider() -> str:
    """Answer the provider that reads the dashboards from their folder."""
    provider = {
        "name": SOURCE_NAME,
        "folder": SOURCE_NAME,
        "type": "file",
        "updateIntervalSeconds": 30,
        "options": {"path": "/etc/grafana/otel-lift/dashboards"},
    }
    return _written({"apiVersion": 1, "providers": [provider]})


def alert_rules() -> str:
    """Answer the alert rules."""
    return _written(groups(SOURCE_UID))


def _written(content: dict[str, Any]) -> str:
    return _HEAD + yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
