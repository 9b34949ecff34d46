// Privacy: what was taken out before it was stored, what consent allows, and what was erased, exported and read.

import { badge } from "../components/badge.js";
import { card } from "../components/card.js";
import { bars } from "../components/marks.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { FORMATS, plural, words } from "../format.js";

const LEAST = "-7d";
const total = (rows, column) => rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0);
const OUTCOMES = { done: "ok", ok: "ok", verified: "ok", failed: "danger", refused: "warn" };

function summary() {
  const place = h("div", {}, stats(["Values redacted", "Dropped for lack of consent", "Made anonymous", "Consent granted"].map((label) => ({ label, value: "…" }))));
  return { element: h("section", { "aria-label": "Summary" }, place), load };

  async function load(context, options) {
    const asked = ["redactions", "consent-drops", "consent-state"].map((name) => context.ask(name, {}, { ...options, least: LEAST }));
    const [redacted, drops, state] = (await Promise.allSettled(asked)).map(({ value }) => value?.rows ?? null);
    if (context.ended) return;
    const of = (action) => drops?.filter((row) => row.action === action) ?? [];
    const [granted, denied] = [total(state ?? [], "granted"), total(state ?? [], "denied")];
    const value = (rows, shown) => (rows ? FORMATS.count(shown) : "–");
    place.replaceChildren(
      stats(
        { label: "Values redacted", value: value(redacted, total(redacted ?? [], "values")), note: redacted && plural(new Set(redacted.map((row) => row.rule)).size, "rule") },
        { label: "Dropped for lack of consent", value: value(drops, total(of("dropped"), "records")), note: "records" },
        { label: "Made anonymous", value: value(drops, total(of("anonymised"), "records")), note: "records kept without a person" },
        { label: "Consent granted", value: granted + denied ? FORMATS.percent((100 * granted) / (granted + denied)) : "–", note: "of all answers" },
      ),
    );
  }
}

const byRule = () =>
  card({
    title: "Redacted, by rule",
    hint: "Found in texts and attributes, and replaced before anything was stored",
    query: "redactions",
    least: LEAST,
    empty: "Nothing had to be redacted in this range.",
    render: (rows) => bars(added(rows, "rule"), { caption: "Values redacted by rule" }),
  });

const byService = () =>
  card({
    title: "Redacted, by service",
    hint: "Where apps write personal data that they should not",
    query: "redactions",
    least: LEAST,
    empty: "Nothing had to be redacted in this range.",
    render: (rows) => bars(added(rows, "service"), { caption: "Values redacted by service" }),
  });

function added(rows, column) {
  const sums = new Map();
  for (const row of rows) sums.set(row[column], (sums.get(row[column]) ?? 0) + Number(row.values));
  const sorted = [...sums].sort(([, a], [, b]) => b - a).slice(0, 14);
  return sorted.map(([label, value]) => ({ label: label || "unknown", value, text: FORMATS.count(value) }));
}

const drops = () =>
  card({
    title: "What consent kept out",
    query: "consent-drops",
    least: LEAST,
    empty: "Nothing was dropped or made anonymous for lack of consent.",
    render: (rows, meta) =>
      table({
        caption: "Dropped or made anonymous for lack of consent",
        columns: [{ key: "category", render: (row) => words(row.category) }, { key: "action", render: (row) => words(row.action) }, { key: "signal", minor: true, render: (row) => words(row.signal) }, { key: "records", bar: true }],
        rows,
        described: meta.columns,
        first: 10,
      }),
  });

const consent = () =>
  card({
    title: "Consent now",
    hint: "The latest answer of each person, by purpose",
    query: "consent-state",
    empty: "No answers have been recorded yet.",
    render: (rows, meta) =>
      table({
        caption: "State of consent",
        columns: [
          { key: "category", label: "Purpose", render: (row) => words(row.category) },
          { key: "granted", bar: true },
          { key: "denied", bar: true },
          { key: "share", label: "Granted", render: (row) => FORMATS.percent((100 * Number(row.granted)) / Math.max(Number(row.granted) + Number(row.denied), 1)) },
        ],
        rows,
        described: meta.columns,
      }),
  });

const rights = () =>
  card({
    title: "Erasures and exports",
    query: "rights",
    least: "-30d",
    size: "wide",
    empty: "Nobody has asked to be erased or for their data.",
    render: (rows, meta) =>
      table({
        caption: "Erasures and exports",
        columns: ["time", { key: "action", render: (row) => words(row.action) }, { key: "actor", label: "By" }, { key: "outcome", render: outcome }, { key: "rows", minor: true }],
        rows,
        described: meta.columns,
        first: 10,
      }),
  });

const audit = () =>
  card({
    title: "Who read what",
    hint: "The audit log",
    query: "audit-log",
    params: () => ({ limit: 100 }),
    least: LEAST,
    size: "wide",
    empty: "Nothing was read or changed in this range.",
    render: (rows, meta) =>
      table({
        caption: "Audit log",
        columns: ["time", { key: "actor", label: "Who" }, { key: "action" }, { key: "person", minor: true }, { key: "rows", kind: "count", minor: true }, { key: "outcome", render: outcome }, { key: "details", minor: true, render: (row) => (typeof row.details === "string" ? row.details : JSON.stringify(row.details)) }],
        rows,
        described: meta.columns,
        first: 12,
      }),
  });

function outcome(row) {
  return row.outcome ? badge(OUTCOMES[row.outcome] ?? "plain", row.outcome) : "–";
}

export default {
  title: "Privacy",
  usual: LEAST,
  every: 120,
  parts: () => [summary(), byRule(), byService(), drops(), consent(), rights(), audit()],
};
