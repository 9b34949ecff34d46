// Endpoints: how fast, how often they fail, what is cached, and how long pages take.

import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { bars } from "../components/marks.js";
import { table } from "../components/table.js";
import { badge } from "../components/badge.js";
import { FORMATS, asDate, plural, words } from "../format.js";
import { bucketOf } from "../time.js";

const shown = (caption, columns, first = 10) => (rows, meta) => table({ caption, columns, rows, described: meta.columns, first });

const latency = () =>
  card({
    title: "All endpoints",
    hint: "From spans of the servers",
    query: "endpoint-latency",
    params: () => ({ limit: 100 }),
    size: "wide",
    empty: "No spans of servers with an `http.route` in this range.",
    render: shown("Latency of endpoints", [
      { key: "endpoint" },
      { key: "method", minor: true },
      { key: "requests", bar: true },
      { key: "failure_rate", render: rate },
      { key: "mean", minor: true },
      { key: "p50", minor: true },
      { key: "p95", bar: true },
      { key: "p99", minor: true },
    ], 15),
  });

function rate(row) {
  const text = FORMATS.percent(row.failure_rate);
  return Number(row.failure_rate) >= 5 ? badge("danger", text) : Number(row.failure_rate) >= 1 ? badge("warn", text) : text;
}

const trend = () =>
  card({
    title: "Response time",
    hint: "p95 of all endpoints",
    query: "failure-trend",
    params: (context) => ({ bucket: bucketOf(context.range) }),
    size: "two-thirds",
    render: (rows, meta) =>
      chart({
        meta,
        label: "p95 of response times over time",
        times: rows.map((row) => asDate(row.time).getTime() / 1000),
        series: [{ label: "p95", values: rows.map((row) => Number(row.p95) || null), kind: "ms", form: "area" }],
        height: 280,
      }),
  });

const failing = () =>
  card({
    title: "Failing most",
    query: "failing-endpoints",
    params: () => ({ limit: 8 }),
    size: "third",
    emptyIsGood: true,
    empty: "No endpoint failed.",
    render: (rows) =>
      bars(
        rows.map((row) => ({ label: row.endpoint, value: Number(row.failures), text: FORMATS.count(row.failures), note: plural(row.affected_users, "person", "people"), tone: "danger" })),
        { caption: "Endpoints by failures" },
      ),
  });

const rates = () =>
  card({
    title: "By share of failures",
    query: "failure-rate-by-endpoint",
    emptyIsGood: true,
    render: shown("Failure rate by endpoint", [{ key: "endpoint" }, { key: "failure_rate", render: rate }, { key: "failures", bar: true }, { key: "requests", minor: true }, { key: "p95", minor: true }]),
  });

const slowest = () =>
  card({
    title: "Slowest over the week",
    hint: "Endpoints with more than ten requests",
    query: "slowest-endpoints",
    least: "-7d",
    render: shown("Slowest endpoints", ["endpoint", { key: "p95", bar: true }, { key: "p50", minor: true }, { key: "p99" }, { key: "requests", minor: true }]),
  });

const slow = () =>
  card({
    title: "Slow requests",
    hint: "Reported by the app as slow",
    query: "slow-endpoints",
    emptyIsGood: true,
    empty: "No request was reported as slow.",
    render: shown("Slow requests", ["endpoint", { key: "times", bar: true }, "mean", { key: "max" }]),
  });

const caches = () =>
  card({
    title: "Caches",
    query: "cache-hit-rate",
    empty: "No cache has reported in this range.",
    render: shown("Cache hit rate by key", [{ key: "key", label: "Cache" }, { key: "hit_rate", bar: true }, { key: "requests" }, { key: "hits", minor: true }]),
  });

const pages = () =>
  card({
    title: "Pages",
    hint: "How long they take to load",
    query: "page-load",
    least: "-7d",
    empty: "No page loads in this range.",
    render: shown("Page loads", ["page", { key: "p95", bar: true }, { key: "p50" }, { key: "loads" }, { key: "users", minor: true }]),
  });

const payments = () =>
  card({
    title: "Payments that failed",
    query: "payment-failures",
    least: "-7d",
    emptyIsGood: true,
    empty: "No payment failed.",
    render: shown("Payment failures", [{ key: "event", render: (row) => words(row.event) }, { key: "error_type", label: "Why", render: (row) => words(row.error_type || "unknown") }, { key: "error_code", label: "Code", minor: true }, { key: "failures", bar: true }, "affected_users"]),
  });

const sessions = () =>
  card({
    title: "Sessions",
    hint: "How many there were, and in how many sign-ins the session had run out",
    query: "session-failures",
    least: "-30d",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Sessions and their timeouts by day",
        times: rows.map((row) => asDate(row.day).getTime() / 1000),
        days: true,
        series: [
          { label: "Sessions", values: rows.map((row) => Number(row.sessions)), form: "bars", tone: "faint" },
          { label: "Timeout rate", values: rows.map((row) => Number(row.timeout_rate)), kind: "percent", scale: "right", tone: "danger" },
        ],
      }),
  });

const notifications = () =>
  card({
    title: "Notifications that failed",
    query: "notification-failures",
    emptyIsGood: true,
    empty: "All notifications were delivered.",
    render: shown("Notification failures", [{ key: "channel" }, { key: "provider" }, { key: "failures", bar: true }, { key: "affected_users" }]),
  });

export default {
  title: "Endpoints",
  usual: "-24h",
  every: 120,
  parts: () => [trend(), failing(), latency(), rates(), slowest(), slow(), caches(), pages(), notifications(), payments(), sessions()],
};
