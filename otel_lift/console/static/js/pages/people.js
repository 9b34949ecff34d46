// People in trouble, by pseudonym: who has many errors now, and one of them with what happened.

import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { errorLine } from "../components/feed.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { badge } from "../components/badge.js";
import { h } from "../dom.js";
import { FORMATS, asDate, plural, words } from "../format.js";
import { go, link } from "../router.js";
import { timeAgo } from "../time.js";

const WHO = "People are pseudonyms: the gateway replaced who they are before anything was stored.";

const struggling = () =>
  card({
    title: "Struggling now",
    hint: "More than three errors in the range. " + WHO,
    query: "struggling-users",
    params: () => ({ more_than: 3, limit: 100 }),
    size: "two-thirds",
    emptyIsGood: true,
    empty: "Nobody had more than three errors in this range.",
    render: (rows, meta) =>
      table({
        caption: "People with many errors",
        columns: [
          "subject",
          { key: "errors", bar: true },
          { key: "distinct_errors", minor: true },
          { key: "blocked", render: (row) => (Number(row.blocked) ? badge("danger", FORMATS.count(row.blocked)) : "0") },
          { key: "sessions", minor: true },
          { key: "last_event", label: "Last error", kind: "text", render: (row) => words(row.last_event), minor: true },
          "last_seen",
        ],
        rows,
        href: (row) => link("people", row.subject),
        described: meta.columns,
        first: 15,
      }),
  });

function finder() {
  const field = h("input", { id: "find-person", placeholder: "Pseudonym", autocomplete: "off", spellcheck: "false", "aria-label": "Pseudonym", required: true });
  const session = h("input", { placeholder: "Session id", autocomplete: "off", spellcheck: "false", "aria-label": "Session id", required: true });
  const form = (input, page) => {
    const made = h("form", { class: "finder" }, input, h("button", {}, "Open"));
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      go(link(page, input.value.trim()));
    });
    return made;
  };
  const element = h(
    "section",
    { class: "card third short", "aria-labelledby": "find-title" },
    h("header", {}, h("div", {}, h("h2", { id: "find-title" }, "Find one"), h("p", { class: "hint" }, "The pseudonym or session of a log line or a support case"))),
    h("div", { class: "body" }, form(field, "people"), form(session, "sessions")),
  );
  return { element };
}

const lockouts = () =>
  card({
    title: "Failed sign-ins",
    hint: "Five or more by one person or address (hashed)",
    query: "lockouts",
    emptyIsGood: true,
    empty: "Nobody failed to sign in five times.",
    render: (rows, meta) =>
      table({
        caption: "Lockouts",
        columns: [{ key: "who", kind: "id" }, { key: "kind", kind: "text", label: "By" }, { key: "attempts", bar: true }, { key: "locked_out", label: "Locked out" }, "last_seen"],
        rows,
        href: (row) => (row.kind === "subject" ? link("people", row.who) : null),
        described: meta.columns,
        first: 8,
      }),
  });

const limited = () =>
  card({
    title: "Addresses that were slowed down",
    query: "rate-limited-addresses",
    emptyIsGood: true,
    empty: "No address was over its limit.",
    render: (rows, meta) =>
      table({
        caption: "Rate-limited addresses",
        columns: ["address", { key: "requests", bar: true }, { key: "peak_per_minute" }, { key: "verdict", render: (row) => badge(row.verdict === "attack" ? "danger" : "warn", row.verdict) }, { key: "last_seen", minor: true }],
        rows,
        described: meta.columns,
        first: 8,
      }),
  });

const cascades = () =>
  card({
    title: "Cascades",
    hint: "Three or more endpoints failing within five minutes",
    query: "endpoint-cascades",
    emptyIsGood: true,
    empty: "No failure went from endpoint to endpoint.",
    render: (rows, meta) =>
      table({
        caption: "Cascades of failures",
        columns: [
          { key: "started", kind: "time" },
          { key: "names", label: "Endpoints", kind: "text", render: (row) => [row.names].flat().join(", ") },
          { key: "failures", bar: true },
          "affected_users",
        ],
        rows,
        described: meta.columns,
        first: 6,
      }),
  });

const risk = () =>
  card({
    title: "May leave",
    hint: "People who stay away longer than they used to",
    query: "churn-risk",
    params: () => ({ limit: 50 }),
    least: "-30d",
    empty: "Nobody stays away longer than usual.",
    render: (rows, meta) =>
      table({
        caption: "People at risk of leaving",
        columns: ["person", { key: "risk", bar: true, render: (row) => FORMATS.percent(Math.round(1000 * row.risk) / 10) }, { key: "active_days", label: "Days active" }, "last_active", { key: "mean_gap", label: "Usual gap, days", minor: true }],
        rows,
        href: (row) => link("people", row.person),
        described: meta.columns,
        first: 8,
      }),
  });

const rate = (subject) =>
  card({
    title: "Errors of this person",
    hint: WHO,
    query: "user-error-rate",
    params: () => ({ subject }),
    least: "-7d",
    size: "wide",
    render: ([row], _, context) => [
      h("p", { class: "id" }, context.path[0]),
      stats(
        { label: "Errors", value: FORMATS.count(row.errors) },
        { label: "Critical", value: FORMATS.count(row.critical), tone: Number(row.critical) ? "danger" : undefined },
        { label: "Blocking", value: FORMATS.count(row.blocking), tone: Number(row.blocking) ? "danger" : undefined },
        { label: "A day", value: FORMATS.number(row.daily_average) },
        { label: "Days with errors", value: FORMATS.count(row.days_with_errors) },
      ),
    ],
  });

const sessions = (subject) =>
  card({
    title: "Recent sessions",
    query: "recent-sessions",
    params: () => ({ subject }),
    least: "-24h",
    empty: "No session in this range. Choose a longer one.",
    render: (rows, meta) =>
      table({
        caption: "Recent sessions",
        columns: ["session_id", { key: "started", kind: "time" }, { key: "length", label: "Length", render: (row) => FORMATS.ms(asDate(row.ended) - asDate(row.started)) }, "events", { key: "errors", bar: true }, "blocked"],
        rows,
        href: (row) => link("sessions", row.session_id),
        described: meta.columns,
      }),
  });

const activity = (subject) =>
  card({
    title: "Days",
    query: "user-activity",
    params: () => ({ subject }),
    least: "-30d",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Events and errors of this person by day",
        times: rows.map((row) => asDate(row.day).getTime() / 1000),
        days: true,
        series: [
          { label: "Events", values: rows.map((row) => Number(row.events)), form: "bars", tone: "faint" },
          { label: "Errors", values: rows.map((row) => Number(row.errors)), tone: "danger" },
        ],
        height: 170,
      }),
  });

const indices = (subject) =>
  card({
    title: "Indices",
    query: "indices-of-user",
    params: () => ({ subject }),
    least: "-30d",
    size: "wide",
    empty: "This person was not active in this range.",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Flourish and Add-Value Index of this person by day",
        times: rows.map((row) => asDate(row.day).getTime() / 1000),
        days: true,
        series: [
          { label: "Flourish Index", values: rows.map((row) => Number(row.flourish_index)), kind: "number" },
          { label: "Add-Value Index", values: rows.map((row) => Number(row.add_value_index)), kind: "number" },
        ],
        height: 150,
      }),
  });

const errors = (subject) =>
  card({
    title: "Newest errors",
    query: "user-errors",
    params: () => ({ subject, limit: 50 }),
    least: "-7d",
    size: "wide",
    emptyIsGood: true,
    render: (rows) => [h("p", { class: "muted" }, plural(rows.length, "error"), ", the last ", timeAgo(rows[0].event_time)), h("ol", { class: "feed" }, rows.map((row) => errorLine(row)))],
  });

export default {
  title: "People in trouble",
  usual: "-24h",
  every: 120,
  parts: (context) => {
    const [subject] = context.path;
    if (!subject) return [struggling(), finder(), lockouts(), limited(), cascades(), risk()];
    const back = { element: h("p", { class: "crumb" }, h("a", { href: link("people") }, "← All people in trouble")) };
    return [back, rate(subject), sessions(subject), activity(subject), errors(subject), indices(subject)];
  },
};
