// People by day, what they use, and where the numbers go.

import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { FORMATS, asDate, words } from "../format.js";

const day = (row) => asDate(row.day).getTime() / 1000;
const numbers = (rows, column) => rows.map((row) => (row[column] === null ? null : Number(row[column])));

const active = () =>
  card({
    title: "Active people",
    query: "active-users",
    least: "-30d",
    size: "two-thirds",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Active people by day, week and month",
        times: rows.map(day),
        days: true,
        height: 240,
        series: [
          { label: "In a month", values: numbers(rows, "mau"), tone: "faint" },
          { label: "In a week", values: numbers(rows, "wau"), tone: "soft" },
          { label: "In a day", values: numbers(rows, "dau"), tone: "accent", form: "area" },
        ],
      }),
  });

const today = () =>
  card({
    title: "On the last whole day",
    query: "active-users",
    least: "-30d",
    size: "third",
    render: (rows) => {
      const last = rows.at(-2) ?? rows.at(-1);
      return stats(
        { label: "In a day", value: FORMATS.count(last.dau), trend: numbers(rows, "dau") },
        { label: "In a week", value: FORMATS.count(last.wau), trend: numbers(rows, "wau") },
        { label: "In a month", value: FORMATS.count(last.mau), trend: numbers(rows, "mau") },
        { label: "Stickiness", value: FORMATS.percent(last.stickiness), note: "of the month's people come on a day", trend: numbers(rows, "stickiness") },
      );
    },
  });

const adoption = () =>
  card({
    title: "Features in use",
    query: "feature-adoption",
    least: "-7d",
    empty: "No `feature_used` events in this range.",
    render: (rows, meta) =>
      table({ caption: "Features in use", columns: [{ key: "feature", render: (row) => words(row.feature) }, { key: "users", bar: true }, { key: "uses", bar: true }, { key: "mean_duration", minor: true }], rows, described: meta.columns, first: 10 }),
  });

const unused = () =>
  card({
    title: "Features nobody uses any more",
    query: "unused-features",
    least: "-7d",
    emptyIsGood: true,
    empty: "Every known feature was used.",
    render: (rows) => table({ caption: "Unused features", columns: [{ key: "feature", render: (row) => words(row.feature) }, "last_used"], rows, first: 10 }),
  });

const forecast = () =>
  card({
    title: "Where it goes",
    hint: "Active people a day, with a straight line through them and a week ahead",
    query: "forecast",
    params: () => ({ metric: "dau", ahead: 7 }),
    least: "-30d",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Active people a day, and their forecast",
        times: rows.map(day),
        days: true,
        series: [
          { label: "Actual", values: numbers(rows, "actual"), tone: "accent" },
          { label: "Line", values: numbers(rows, "fitted"), tone: "soft", kind: "count" },
          { label: "Low", values: numbers(rows, "low"), tone: "faint" },
          { label: "High", values: numbers(rows, "high"), tone: "faint" },
        ],
      }),
  });

const events = () =>
  card({
    title: "Events",
    query: "platform-summary",
    least: "-30d",
    render: (rows, meta) => table({ caption: "Events", columns: [{ key: "event", render: (row) => words(row.event) }, { key: "category", minor: true }, { key: "events", bar: true }, "users"], rows, described: meta.columns, first: 8 }),
  });

/** The cards of this part. */
export const overview = () => [active(), today(), adoption(), forecast(), events(), unused()];
