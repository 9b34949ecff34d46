// The pipeline itself: what comes in, what waits, what goes wrong, and how good the data is.

import { get } from "../api.js";
import { badge, stateBadge } from "../components/badge.js";
import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { bars } from "../components/marks.js";
import { tabs } from "../components/tabs.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { FORMATS, NONE, asDate, plural, words } from "../format.js";
import { may } from "../session.js";
import { bucketOf } from "../time.js";

const TABS = [["", "Flow"], ["quality", "Quality of the data"]];
const seconds = (value) => asDate(value).getTime() / 1000;

/** One row a time, one column a series, from rows with a name each. */
function pivoted(rows, name, value) {
  const times = [...new Set(rows.map((row) => row.time))].sort();
  const names = [...new Set(rows.map((row) => row[name]))].sort();
  const found = new Map(rows.map((row) => [`${row.time} ${row[name]}`, Number(row[value])]));
  return { times: times.map(seconds), series: names.slice(0, 4).map((label) => ({ label: words(label), values: times.map((time) => found.get(`${time} ${label}`) ?? 0) })) };
}

function summary() {
  const place = h("div", {}, stats(["Records a second", "Waiting in the spool", "Oldest waiting", "Failed jobs, 24 h"].map((label) => ({ label, value: "…" }))));
  return { element: h("section", { "aria-label": "Summary" }, place), load };

  async function load(context, options) {
    const asked = [context.ask("ingestion-rate", { bucket: 60 }, options), context.ask("spool-depth", { bucket: 60 }, options), context.ask("job-status", {}, options)];
    const [rate, spool, jobs] = (await Promise.allSettled(asked)).map(({ value }) => value?.rows ?? null);
    if (context.ended) return;
    const newest = (rows) => rows.filter((row) => row.time === rows.at(-1).time);
    const sum = (rows, column) => newest(rows).reduce((all, row) => all + Number(row[column]), 0);
    const failed = jobs?.reduce((all, row) => all + Number(row.failures_24h), 0) ?? 0;
    const oldest = spool?.length ? Math.max(...newest(spool).map((row) => Number(row.oldest_seconds))) : null;
    place.replaceChildren(
      stats(
        { label: "Records a second", value: rate?.length ? FORMATS.number(sum(rate, "per_second")) : "–", trend: rate?.map((row) => row.per_second) },
        { label: "Waiting in the spool", value: spool?.length ? FORMATS.bytes(sum(spool, "bytes")) : "–", note: spool?.length ? plural(sum(spool, "segments"), "segment") : null },
        { label: "Oldest waiting", value: oldest === null ? "–" : FORMATS.seconds(oldest), tone: oldest > 300 ? "warn" : undefined },
        { label: "Failed jobs, 24 h", value: jobs ? FORMATS.count(failed) : "–", tone: failed ? "danger" : "ok" },
      ),
    );
  }
}

const throughput = () =>
  card({
    title: "Records a second",
    query: "ingestion-rate",
    params: (context) => ({ bucket: Math.max(bucketOf(context.range), 60) }),
    size: "two-thirds",
    empty: "The gateway has not told how much it took in this range. It writes its own metrics every 15 seconds.",
    render: (rows, meta) => {
      const { times, series } = pivoted(rows, "signal", "per_second");
      return chart({ meta, label: "Records a second by signal", times, series: series.map((one) => ({ ...one, kind: "number" })), height: 220 });
    },
  });

const lag = () =>
  card({
    title: "Lag",
    hint: "From the event to the gateway, p95",
    query: "events-lag",
    size: "third",
    render: (rows) =>
      bars(
        rows.map((row) => ({ label: row.service || "unnamed", value: Number(row.p95), text: FORMATS.seconds(row.p95), note: `at most ${FORMATS.seconds(row.max_lag)}` })),
        { caption: "Lag of events by service" },
      ),
  });

const spool = () =>
  card({
    title: "Spool",
    hint: "What is taken and not stored yet; it should stay small",
    query: "spool-depth",
    params: (context) => ({ bucket: Math.max(bucketOf(context.range), 60) }),
    empty: "The gateway has not told how deep the spool was.",
    render: (rows, meta) => {
      const { times, series } = pivoted(rows, "gateway", "bytes");
      return chart({ meta, label: "Bytes in the spool", times, series: series.map((one) => ({ ...one, kind: "bytes", form: "area" })), height: 170 });
    },
  });

const errors = () =>
  card({
    title: "What went wrong inside",
    query: "pipeline-health",
    emptyIsGood: true,
    empty: "Nothing was refused, retried or lost.",
    render: (rows, meta) =>
      table({
        caption: "Failures of the pipeline",
        columns: [{ key: "metric", render: (row) => words(String(row.metric).replace(/^otel_lift_/, "")) }, { key: "labels", minor: true, render: (row) => (typeof row.labels === "string" ? row.labels : JSON.stringify(row.labels)) }, { key: "value", bar: true, kind: "count" }],
        rows,
        described: meta.columns,
      }),
  });

const jobs = () =>
  card({
    title: "Jobs",
    query: "job-status",
    size: "wide",
    empty: "No job has run yet.",
    render: (rows, meta) =>
      table({
        caption: "Jobs",
        columns: [
          { key: "job", render: (row) => words(row.job) },
          { key: "outcome", render: (row) => stateBadge(row.outcome) },
          { key: "started", kind: "time" },
          { key: "took" },
          { key: "failures_24h", render: (row) => (Number(row.failures_24h) ? badge("danger", FORMATS.count(row.failures_24h)) : "0") },
          { key: "error", minor: true, render: (row) => row.error || "–" },
        ],
        rows,
        described: meta.columns,
        first: 20,
      }),
  });

const admin = () =>
  card({
    title: "This gateway, this moment",
    hint: "Its own counters since it started, and what is in its spool",
    size: "wide",
    load: async () => {
      const { data } = await get("admin/pipeline");
      return { rows: [data], meta: {} };
    },
    render: ([{ spool: waiting, counters }]) => [
      h("dl", { class: "facts" }, Object.entries(waiting).map(([name, value]) => h("div", {}, h("dt", {}, words(name)), h("dd", {}, fact(name, value))))),
      table({
        caption: "Counters of this gateway",
        columns: [{ key: "name", render: (row) => words(row.name) }, { key: "labels", render: (row) => Object.entries(row.labels).map((pair) => pair.join(" ")).join(", ") || NONE }, { key: "value", kind: "number" }],
        // Times are counters too; as numbers they say nothing.
        rows: counters.filter((row) => row.value && !row.name.endsWith("_success_seconds")),
        first: 8,
      }),
    ],
  });

function fact(name, value) {
  if (name === "bytes") return FORMATS.bytes(value);
  if (name === "oldest_age") return FORMATS.seconds(value);
  return typeof value === "number" ? FORMATS.count(value) : FORMATS.text(value);
}

/** `only` names the column that is not 0 or false in a row that is worth a look. */
const check = (query, title, columns, { only, ...options } = {}) =>
  card({
    title,
    load: async (context, asked) => {
      const { rows, meta } = await context.ask(query, {}, asked);
      return { rows: only ? rows.filter((row) => Number(row[only])) : rows, meta };
    },
    emptyIsGood: true,
    empty: "Nothing found.",
    ...options,
    render: (rows, meta) => table({ caption: title, columns, rows, described: meta.columns, first: 8 }),
  });

const event = { key: "event", render: (row) => words(row.event) };
const quality = () => [
  check("quality-null-rates", "Missing fields", [event, { key: "field" }, { key: "missing", bar: true }, "rate"]),
  check("quality-validation", "Not as declared", [event, { key: "validation", label: "What is wrong" }, { key: "rows", bar: true }, "share"]),
  check("quality-duplicates", "Duplicates", [event, { key: "duplicates", bar: true }, "rate"], { only: "duplicates" }),
  check("quality-gaps", "Gaps in the flow", [{ key: "kind", kind: "text" }, { key: "without", bar: true }, { key: "ended", kind: "count", label: "Of" }, "rate"], { least: "-7d" }),
  check("quality-out-of-range", "Values out of range", [{ key: "check" }, { key: "out_of_range", bar: true }, { key: "rows", label: "Of" }]),
  check("quality-clock-skew", "Clocks", [{ key: "service" }, "ahead", "late", { key: "max_ahead" }, { key: "max_late", minor: true }]),
  check("quality-volume", "Hours with few events", [{ key: "service" }, { key: "hour", render: (row) => FORMATS.moment(row.hour) }, "events", "usual", "share"], { only: "low" }),
  check("quality-references", "Broken references", [{ key: "kind", kind: "text" }, { key: "dangling", bar: true }, { key: "rows", label: "Of" }, "rate"]),
  check("quality-rollups", "Rollups against raw events", [{ key: "day" }, { key: "rollup" }, "raw", "rolled_up", { key: "difference", kind: "count" }], { only: "difference", least: "-7d", size: "wide" }),
];

export default {
  title: "Pipeline",
  usual: "-1h",
  every: 60,
  parts: (context) => {
    const strip = tabs("pipeline", TABS, context.path[0] ?? "");
    if (context.path[0] === "quality") return [strip, ...quality()];
    return [strip, summary(), throughput(), lag(), spool(), errors(), jobs(), may("admin") ? admin() : null].filter(Boolean);
  },
};
