// The Flourish and Add-Value Indices, activation, community and waves; and what people got out of it.

import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { bars } from "../components/marks.js";
import { table } from "../components/table.js";
import { FORMATS, asDate, plural, words } from "../format.js";

const LEAST = "-30d";
const people = (row) => plural(row.users, "person", "people");

const daily = (query, title, series, options = {}) =>
  card({
    title,
    query,
    least: LEAST,
    ...options,
    render: (rows, meta) =>
      chart({
        meta,
        label: title,
        times: rows.map((row) => asDate(row.day).getTime() / 1000),
        days: true,
        series: series.map(([column, label, tone, form, more]) => ({ label, tone, form, kind: "number", ...more, values: rows.map((row) => Number(row[column])) })),
      }),
  });

const listed = (query, title, label, value, note, options = {}) =>
  card({ title, query, least: LEAST, ...options, render: (rows) => bars(rows.slice(0, 12).map((row) => ({ label: label(row), value: Number(row[value]), text: FORMATS.count(row[value]), note: note?.(row) })), { caption: title }) });

/** The cards of the indices. */
export const indices = () => [
  daily("flourish-index", "Flourish Index", [["flourish_index", "Index", "accent", "area"], ["mood", "Mood", "soft"], ["microact", "Micro-acts", "faint"], ["community", "Community", "warn"], ["consistency", "Consistency", "ok"]], { hint: "Mean over the day's people, 0 to 100" }),
  daily("add-value-index", "Add-Value Index", [["add_value_index", "Index", "accent", "area"], ["created", "Created", "soft"], ["shared", "Shared", "faint"], ["wave", "Waves", "warn"], ["help", "Help", "ok"]], { hint: "Mean over the day's people, 0 to 100" }),
  daily("activation", "Activation", [["started", "Started", "faint", "bars", { kind: "count" }], ["completed", "Completed", "accent", "line", { kind: "count" }]]),
  daily("activation-mood", "Mood, before and after", [["mean_start", "Before", "soft"], ["mean_end", "After", "accent"]]),
  daily("community-engagement", "Community", [["posts", "Posts", "accent", "line", { kind: "count" }], ["likes", "Likes", "soft", "line", { kind: "count" }], ["comments", "Comments", "faint", "line", { kind: "count" }]]),
  daily("wave-trends", "Waves", [["registered", "Registered", "faint", "bars", { kind: "count" }], ["participants", "Took part", "accent", "line", { kind: "count" }]]),
  listed("microacts-by-category", "Micro-acts by category", (row) => words(row.microact_category || "unnamed"), "created", people),
  listed("wave-participation", "Waves by participants", (row) => row.wave_id, "participants", (row) => `of ${FORMATS.count(row.registered)} registered`),
];

const flows = () =>
  card({
    title: "Flows",
    query: "flows",
    least: LEAST,
    render: (rows, meta) => table({ caption: "Flows", columns: [{ key: "flow", render: (row) => words(row.flow) }, { key: "ended", kind: "count" }, { key: "completion_rate", bar: true }, { key: "mean_duration", minor: true }, "users"], rows, described: meta.columns }),
  });

const stakeholders = () =>
  card({
    title: "Confidence",
    hint: "Before and after, by whom it is about",
    query: "power-confidence",
    least: LEAST,
    render: (rows, meta) => table({ caption: "Confidence", columns: [{ key: "stakeholder", render: (row) => words(row.stakeholder) }, "mean_before", "mean_after", { key: "mean_change", label: "Change", bar: true }, { key: "users", minor: true }], rows, described: meta.columns }),
  });

/** The cards of the outcomes. */
export const outcomes = () => [
  daily("partner-matches", "Partner matches", [["matches", "Matches", "faint", "bars", { kind: "count" }], ["accepted", "Accepted", "accent", "line", { kind: "count" }]]),
  daily("message-consistency", "Consistency of messages", [["mean_score", "Mean score", "accent", "area"]]),
  flows(),
  listed("flow-drop-off", "Where flows break off", (row) => `${words(row.flow)}: ${words(row.step)}`, "drop_offs", people),
  stakeholders(),
  listed("interactions", "Interactions", (row) => words(row.interaction_type || "unnamed"), "interactions", (row) => `${FORMATS.percent(row.failure_rate)} failed`),
];
