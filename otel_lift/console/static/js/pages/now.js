// What happens now: whether it is calm, who is there, and each error as it comes.

import { badge, flag, severity } from "../components/badge.js";
import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { feed, patternName } from "../components/feed.js";
import { change, stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { h, replace } from "../dom.js";
import { FORMATS, asDate, plural, words } from "../format.js";
import { live } from "../live.js";
import { link } from "../router.js";
import { bounds, bucketOf, rangeName, secondsOf } from "../time.js";

const seconds = (row) => asDate(row.time).getTime() / 1000;
const sum = (rows, column) => rows.reduce((total, row) => total + Number(row[column]), 0);

/** The trend of the range and of as long a time before it. */
async function trend(context, options) {
  const { from, to } = bounds(context.range);
  const relative = secondsOf(context.range.from);
  const start = relative === null ? new Date(2 * from - to).toISOString() : `-${2 * relative}s`;
  const { rows, meta } = await context.ask("failure-trend", { from: start, bucket: bucketOf(context.range) }, options);
  const inRange = (row) => asDate(row.time).getTime() >= from;
  return { rows: rows.filter(inRange), before: rows.filter((row) => !inRange(row)), meta: { ...meta, from } };
}

/** The sentence and the numbers at the top. */
function summary(context) {
  const headline = h("div", { class: "headline" }, h("p", { class: "muted" }, "Looking…"));
  const place = h("div", {}, stats(["Failures", "Failure rate", "p95 of responses", "People online", "Sessions", "People today"].map((label) => ({ label, value: "…" }))));
  const element = h("section", { "aria-label": "Summary" }, headline, place);
  const known = { trend: null, live: null };
  context.onEnd(live.on("metrics", (row) => draw({ live: row })));
  return { element, load };

  async function load(_, options) {
    const [history, there] = await Promise.allSettled([trend(context, options), context.ask("realtime", {}, options)]);
    if (context.ended) return;
    draw({ trend: history.value ?? null, live: there.value?.rows[0] ?? known.live });
    if (history.reason) replace(headline, badge("danger", "Unknown"), h("p", {}, history.reason.message));
  }
  function draw(news) {
    Object.assign(known, news);
    if (known.trend) replace(headline, sentence(known.trend, context.range));
    replace(place, stats(failureStats(known.trend), liveStats(known.live)));
  }
}

function sentence({ rows, before }, range) {
  const [failures, earlier] = [sum(rows, "failures"), sum(before, "failures")];
  const times = earlier ? failures / earlier : failures > 20 ? 9 : 1;
  const [tone, word] = failures > 10 && times >= 3 ? ["danger", "Trouble"] : failures > 10 && times >= 1.5 ? ["warn", "More than usual"] : ["ok", failures ? "As usual" : "Calm"];
  const span = rangeName(range).replace(/^Last/, "in the last");
  const text = failures ? `${plural(failures, "failure")} ${span}, ${change(failures, earlier)}.` : `No failures ${span}.`;
  return [badge(tone, word), h("p", {}, text)];
}

function failureStats(trend) {
  const rows = trend?.rows ?? [];
  const [failures, events] = [sum(rows, "failures"), sum(rows, "events")];
  const earlier = trend?.before ?? [];
  const [before, all] = [sum(earlier, "failures"), sum(earlier, "events")];
  const rate = (part, whole) => (whole ? FORMATS.percent((100 * part) / whole) : "–");
  const slow = rows.map(({ p95 }) => Number(p95)).filter(Boolean);
  return [
    { label: "Failures", value: trend ? FORMATS.count(failures) : "…", note: trend && change(failures, before), trend: rows.map((row) => row.failures) },
    { label: "Failure rate", value: trend ? rate(failures, events) : "…", note: trend && `${rate(before, all)} before`, trend: rows.map((row) => row.error_rate) },
    { label: "p95 of responses", value: slow.length ? FORMATS.ms(slow.at(-1)) : trend ? "–" : "…", note: slow.length ? `at most ${FORMATS.ms(Math.max(...slow))}` : null, trend: slow },
  ];
}

function liveStats(row) {
  const value = (column) => (row ? FORMATS.count(row[column]) : "…");
  return [
    { label: "People online", value: value("users_online"), note: "in the last 5 minutes" },
    { label: "Sessions", value: value("active_sessions"), note: row?.live_waves ? `${plural(row.live_waves, "wave")}, ${plural(row.wave_participants, "participant")}` : "in the last 30 minutes" },
    { label: "People today", value: value("dau"), note: row ? `${plural(row.microacts_today, "micro-act")} today` : null },
  ].map((one) => ({ ...one, note: one.note || null }));
}

function trendChart() {
  return card({
    title: "Failures and their share of all events",
    size: "two-thirds",
    load: trend,
    empty: "Nothing was received in this range. Send events to the gateway, or choose a longer range.",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Failures and failure rate over time",
        times: rows.map(seconds),
        series: [
          { label: "Failures", values: rows.map((row) => Number(row.failures)), form: "bars", tone: "danger" },
          { label: "Failure rate", values: rows.map((row) => Number(row.error_rate)), kind: "percent", scale: "right", tone: "accent" },
        ],
        height: 240,
      }),
  });
}

function latencyChart() {
  return card({
    title: "Response time",
    hint: "95 of 100 responses were faster",
    size: "wide",
    load: trend,
    render: (rows, meta) =>
      chart({
        meta,
        label: "p95 of response times over time",
        times: rows.map(seconds),
        series: [{ label: "p95", values: rows.map((row) => Number(row.p95) || null), kind: "ms", form: "area" }],
        height: 170,
      }),
  });
}

function liveFeed(context) {
  const list = feed();
  const one = card({
    title: "Errors as they come",
    query: "error-feed",
    params: () => ({ limit: 100 }),
    size: "third",
    tall: true,
    emptyIsGood: true,
    empty: "No errors in this range. New ones appear here by themselves.",
    render: (rows) => {
      list.set(rows);
      return list.element;
    },
  });
  const fits = (row) => Object.entries(context.chosen).every(([filter, value]) => !value || !(filter in row) || row[filter] === value);
  context.onEnd(
    live.on("error", (news) => {
      if (context.range.to !== "now") return;
      const rows = [news].flat().filter(fits);
      const body = one.element.querySelector(".body");
      if (rows.length && !list.element.isConnected) replace(body, list.element);
      list.add(rows);
    }),
  );
  return one;
}

const byEvent = () =>
  card({
    title: "Failures by event",
    query: "failures-by-event",
    emptyIsGood: true,
    render: (rows, meta) =>
      table({
        caption: "Failures by event",
        columns: [{ key: "event", render: (row) => words(row.event) }, { key: "failures", bar: true }, "affected_users", { key: "mean_response_time", minor: true }],
        rows,
        described: meta.columns,
        first: 8,
      }),
  });

const bySeverity = () =>
  card({
    title: "By severity",
    query: "errors-by-severity",
    emptyIsGood: true,
    render: (rows, meta) =>
      table({
        caption: "Errors by event and severity",
        columns: [{ key: "event", render: (row) => words(row.event) }, { key: "severity", render: (row) => severity(row.severity) }, { key: "errors", bar: true }, { key: "affected_users", minor: true }],
        rows,
        described: meta.columns,
        first: 8,
      }),
  });

const highImpact = () =>
  card({
    title: "What stops people",
    hint: "Errors that blocked somebody, lost data or broke off a workflow",
    query: "high-impact-errors",
    size: "two-thirds",
    emptyIsGood: true,
    empty: "Nobody was blocked in this range.",
    render: (rows, meta) =>
      table({
        caption: "Errors of high impact",
        columns: [
          { key: "event", label: "Error", render: patternName },
          { key: "errors", bar: true },
          "affected_users",
          { key: "last_seen", minor: true },
          { key: "resolved", label: "", render: (row) => flag(row.resolved, "resolved", "ok") ?? "" },
        ],
        rows,
        href: (row) => (row.fingerprint ? link("patterns", row.fingerprint) : null),
        described: meta.columns,
        first: 6,
      }),
  });

export default {
  title: "Now",
  usual: "-1h",
  every: 60,
  parts: (context) => [summary(context), trendChart(), liveFeed(context), highImpact(), byEvent(), bySeverity(), latencyChart()],
};
