// Trials and what became of them, and experiments with a test of significance.

import { badge } from "../components/badge.js";
import { card } from "../components/card.js";
import { table } from "../components/table.js";
import { bars } from "../components/marks.js";
import { h } from "../dom.js";
import { FORMATS, plural, words } from "../format.js";
import { here, route } from "../router.js";

const conversion = () =>
  card({
    title: "What became of trials",
    query: "trial-conversion",
    least: "-30d",
    empty: "No trial ended in this range.",
    render: (rows, meta) =>
      table({
        caption: "Trials by type and outcome",
        columns: [{ key: "trial_type", label: "Trial", render: (row) => words(row.trial_type || "unnamed") }, { key: "outcome", render: (row) => badge(row.outcome === "converted" ? "ok" : "plain", words(row.outcome).toLowerCase()) }, { key: "trials", bar: true }, "share", { key: "mean_days_used", label: "Days used", minor: true }],
        rows,
        described: meta.columns,
      }),
  });

const demos = () =>
  card({
    title: "Demo bookings",
    query: "demo-bookings",
    least: "-30d",
    empty: "No demo was booked in this range.",
    render: (rows) => bars(rows.map((row) => ({ label: words(row.outcome || "booked"), value: Number(row.bookings), text: FORMATS.count(row.bookings), note: plural(row.users, "person", "people") })), { caption: "Demo bookings" }),
  });

const experiments = () =>
  card({
    title: "Experiments",
    size: "third",
    hint: "Choose one to see whether it made a difference",
    query: "experiments",
    least: "-30d",
    empty: "Nobody was shown an experiment in this range.",
    render: (rows, meta) => table({ caption: "Experiments", columns: [{ key: "experiment" }, { key: "users", bar: true }, "last_seen"], rows, href: (row) => here({ experiment: row.experiment }), described: meta.columns }),
  });

const test = () =>
  card({
    title: "Did it make a difference?",
    hint: "Conversions by variant, with a two-sided test of two shares",
    least: "-30d",
    size: "two-thirds",
    load: async (context, options) => {
      const all = await context.ask("experiments", {}, options);
      const experiment = route().query.get("experiment") || all.rows[0]?.experiment;
      if (!experiment) return { rows: [], meta: all.meta };
      let { rows, meta } = await context.ask("ab-test", { experiment }, options);
      // Without a word from us the first by name is compared with; a variant of this name means to be.
      if (rows.some((row) => row.variant === "control")) ({ rows, meta } = await context.ask("ab-test", { experiment, control: "control" }, options));
      return { rows: rows.map((row) => ({ ...row, experiment })), meta };
    },
    empty: "There is no experiment to test.",
    render: (rows, meta) => [
      h("p", {}, "Experiment ", h("b", {}, rows[0].experiment)),
      table({
        caption: `Variants of ${rows[0].experiment}`,
        columns: [{ key: "variant" }, "users", "conversions", { key: "rate", bar: true }, { key: "difference", kind: "number", label: "Points" }, { key: "p_value" }, { key: "significant", label: "", render: (row) => (row.significant && row.significant !== "0" ? badge("ok", "a difference") : Number(row.p_value) === 1 && !Number(row.difference) ? badge("info", "compared with") : badge("plain", "may be chance")) }],
        rows,
        described: meta.columns,
        sorts: false,
      }),
    ],
  });

/** The cards of this part. */
export const trials = () => [experiments(), test(), conversion(), demos()];
