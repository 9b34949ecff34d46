// AI: what it costs, how fast it is, and where it fails.

import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { bars } from "../components/marks.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { FORMATS, asDate, plural, words } from "../format.js";
import { badge } from "../components/badge.js";

const LEAST = "-30d";
const total = (rows, column) => rows.reduce((sum, row) => sum + Number(row[column]), 0);

/** Rows by what `key` answers, in the order of first sight. */
function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

const usage = (options) => card({ query: "ai-usage", least: LEAST, empty: "No conversation with an AI in this range.", ...options });

const summary = () =>
  usage({
    title: "In short",
    size: "wide",
    render: (rows) => {
      const interactions = total(rows, "interactions");
      const mean = (column) => rows.reduce((sum, row) => sum + Number(row[column]) * Number(row.interactions), 0) / interactions;
      return stats(
        { label: "Cost", value: FORMATS.usd(total(rows, "cost_usd")), note: `${FORMATS.usd(total(rows, "cost_usd") / interactions)} an answer` },
        { label: "Answers", value: FORMATS.count(interactions) },
        { label: "Tokens in", value: FORMATS.count(total(rows, "input_tokens")) },
        { label: "Tokens out", value: FORMATS.count(total(rows, "output_tokens")) },
        { label: "Mean latency", value: FORMATS.ms(mean("mean_latency")) },
        { label: "Helpful", value: FORMATS.percent(mean("helpful_rate")) },
      );
    },
  });

const daily = (title, label, series) =>
  usage({
    title,
    render: (rows, meta) => {
      const days = [...grouped(rows, (row) => row.day)].sort(([a], [b]) => (a < b ? -1 : 1));
      return chart({
        meta,
        label,
        times: days.map(([day]) => asDate(day).getTime() / 1000),
        days: true,
        series: series.map(({ column, ...one }) => ({ ...one, values: days.map(([, of]) => total(of, column)) })),
      });
    },
  });

const models = () =>
  usage({
    title: "By model",
    size: "two-thirds",
    render: (rows) => {
      const models = [...grouped(rows, (row) => `${row.ai_provider} ${row.ai_model}`).values()].map((of) => {
        const interactions = total(of, "interactions");
        const mean = (column) => of.reduce((sum, row) => sum + Number(row[column]) * Number(row.interactions), 0) / interactions;
        const tokens = total(of, "input_tokens") + total(of, "output_tokens");
        return { ...of[0], interactions, tokens, cost_usd: total(of, "cost_usd"), mean_latency: mean("mean_latency"), helpful_rate: mean("helpful_rate") };
      });
      models.sort((a, b) => b.cost_usd - a.cost_usd);
      return table({
        caption: "Use of AI by model",
        columns: [{ key: "ai_model", render: (row) => row.ai_model || "unnamed" }, { key: "ai_provider", minor: true }, { key: "cost_usd", bar: true }, { key: "interactions", label: "Answers" }, { key: "tokens", kind: "count", minor: true }, { key: "mean_latency", minor: true }, "helpful_rate"],
        rows: models,
      });
    },
  });

const providers = () =>
  card({
    title: "Providers",
    hint: "Which fails most, which is fastest",
    query: "ai-providers",
    size: "third",
    render: (rows) =>
      table({
        caption: "AI providers",
        columns: ["ai_provider", { key: "failure_rate", render: (row) => (Number(row.failure_rate) >= 5 ? badge("danger", FORMATS.percent(row.failure_rate)) : FORMATS.percent(row.failure_rate)) }, "p95"],
        rows,
      }),
  });

const failures = () =>
  card({
    title: "Failures by feature and reason",
    query: "ai-failures",
    emptyIsGood: true,
    empty: "No AI feature failed.",
    render: (rows, meta) =>
      table({
        caption: "AI failures",
        columns: [{ key: "feature", render: (row) => words(row.feature || "unnamed") }, { key: "reason", render: (row) => words(row.reason || "unknown") }, { key: "ai_provider", minor: true }, { key: "failures", bar: true }, "fallbacks", { key: "affected_users", minor: true }],
        rows,
        described: meta.columns,
        first: 10,
      }),
  });

const timeouts = () =>
  card({
    title: "Timeouts by feature",
    query: "ai-failures-by-feature",
    emptyIsGood: true,
    empty: "No AI feature failed.",
    render: (rows) =>
      bars(
        rows.map((row) => ({ label: words(row.feature || "unnamed"), value: Number(row.timeouts), text: FORMATS.count(row.timeouts), note: `of ${plural(row.failures, "failure")} (${FORMATS.percent(row.timeout_rate)})`, tone: "danger" })),
        { caption: "Timeouts of AI features" },
      ),
  });

export default {
  title: "AI",
  usual: LEAST,
  parts: () => [
    summary(),
    daily("Cost by day", "Cost of AI by day", [{ label: "Cost", column: "cost_usd", kind: "usd", form: "bars", tone: "accent" }]),
    daily("Tokens by day", "Tokens by day", [
      { label: "In", column: "input_tokens", form: "area", tone: "accent" },
      { label: "Out", column: "output_tokens", tone: "soft" },
    ]),
    models(),
    providers(),
    failures(),
    timeouts(),
  ],
};
