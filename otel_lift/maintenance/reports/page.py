"""A report as one HTML page that needs nothing else, for the screen, for mail and for paper."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from otel_lift.maintenance.reports.collect import Report, Section

__all__ = ["page"]

_CHARTS: Mapping[str, tuple[str, str]] = {"active-users": ("day", "dau"), "daily-error-stats": ("day", "errors")}
_SHORT = frozenset({"ai", "dau", "mau", "usd", "wau"})
_WIDTH, _HEIGHT = 720, 120

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem; background: #fff; color: #1d2433;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .2rem; border-top: 1px solid #dfe3ea; padding-top: 1.2rem; }
p { margin: .2rem 0 .8rem; color: #55607a; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .8rem; margin: 1.5rem 0; }
dl div { border: 1px solid #dfe3ea; border-radius: 8px; padding: .7rem .9rem; break-inside: avoid; }
dt { color: #55607a; font-size: .85rem; }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: .8rem; color: #55607a; }
section { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #e8ebf0; vertical-align: top; }
th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td { overflow-wrap: anywhere; }
tr { break-inside: avoid; }
svg { width: 100%; height: auto; margin: .4rem 0 1rem; }
footer { margin-top: 2.5rem; color: #55607a; font-size: .85rem; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2 { break-after: avoid; } }
@page { margin: 16mm; }
"""


def page(report: Report) -> str:
    """Write the page."""
    title = f"{'Daily' if report.kind == 'daily' else 'Monthly'} report, {_period(report)}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<header><h1>{escape(title)}</h1><p>All times in UTC. Made {report.made_at:%Y-%m-%d %H:%M}.</p></header>",
        "<main>",
        _glance(report),
        *(_section(section) for section in report.sections),
        "</main>",
        f"<footer>Groups of fewer than {report.k} people are hidden. People are counted by pseudonym.</footer>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _period(report: Report) -> str:
    return f"{report.first:%-d %B %Y}" if report.kind == "daily" else f"{report.first:%B %Y}"


def _glance(report: Report) -> str:
    if report.glance is None:
        return f"<p>Fewer than {report.k} people were there, so no figures are shown.</p>"
    cells = []
    for name, column in report.columns.items():
        if column["kind"] == "day":
            continue
        now, before = report.glance[name], (report.before or {}).get(name)
        change = "" if before is None else f"<small>{escape(_shown(before, column))} before</small>"
        cells.append(
            f'<div title="{escape(column["description"])}"><dt>{escape(_label(name))}</dt>'
            f"<dd>{escape(_shown(now, column))}{change}</dd></div>"
        )
    return f"<dl>{''.join(cells)}</dl>"


def _section(section: Section) -> str:
    head = f"<section><h2>{escape(section.title)}</h2><p>{escape(section.description)}</p>"
    notes = []
    if section.hidden:
        notes.append(f"{section.hidden} rows of few people are hidden.")
    if section.more:
        notes.append(f"{section.more} further rows are left out.")
    told = f"<p>{' '.join(notes)}</p>" if notes else ""
    if not section.rows:
        return f"{head}<p>Nothing to show.</p>{told}</section>"
    return f"{head}{_chart(section)}{_table(section)}{told}</section>"


def _table(section: Section) -> str:
    classes = {name: ' class="number"' if _is_number(column) else "" for name, column in section.columns.items()}
    head = "".join(
        f'<th scope="col"{classes[name]} title="{escape(column["description"])}">{escape(_label(name))}</th>'
        for name, column in section.columns.items()
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{classes[name]}>{escape(_shown(row[name], column))}</td>" for name, column in section.columns.items()
        )
        + "</tr>"
        for row in section.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _chart(section: Section) -> str:
    if section.query not in _CHARTS or len(section.rows) < 2:
        return ""
    across, up = _CHARTS[section.query]
    values = [float(row[up]) for row in section.rows]
    top, step = max(*values, 1.0), _WIDTH / (len(values) - 1)
    points = " ".join(
        f"{place * step:.1f},{_HEIGHT - 4 - value / top * (_HEIGHT - 8):.1f}" for place, value in enumerate(values)
    )
    words = (
        f"{_label(up)} from {section.rows[0][across]} to {section.rows[-1][across]}: "
        f"least {min(values):g}, most {max(values):g}"
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(words)}">'
        f'<path d="M0 {_HEIGHT - 4}H{_WIDTH}" stroke="#dfe3ea"/>'
        f'<polyline points="{points}" fill="none" stroke="#2f5bd0" stroke-width="2"/></svg>'
    )


def _is_number(column: Mapping[str, str]) -> bool:
    return column["kind"] in ("count", "number", "ratio")


def _label(name: str) -> str:
    words = [word.upper() if word in _SHORT else word for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def _shown(value: Any, column: Mapping[str, str]) -> str:
    unit = column["unit"] if not column["unit"].startswith("{") else ""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        written = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".removesuffix(".00")
        return f"{written} {unit}".strip()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)
