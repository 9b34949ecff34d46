"""Grafana's dashboards as code: `python -m tools.dashboards [--check]` writes `collector-config/grafana/`.

Each panel takes its SQL, its units and its words from a named query, so that Grafana, the API, the command line and
the console answer alike. Only development needs this package; whoever runs Grafana needs the files that it writes.
"""
