// Error patterns: the list, and one of them with its trend, its people and its resolution.

import { resolve } from "../api.js";
import { flag, stateBadge } from "../components/badge.js";
import { card } from "../components/card.js";
import { chart } from "../components/chart.js";
import { errorLine, patternName } from "../components/feed.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { announce, h, replace } from "../dom.js";
import { FORMATS, NONE, asDate, words } from "../format.js";
import { link } from "../router.js";
import { may, refusal } from "../session.js";
import { bucketOf, timeAgo } from "../time.js";

const STATES = { new: "never seen before", regressed: "was gone or resolved, and is back", ongoing: "known" };

const list = () =>
  card({
    title: "Error patterns",
    hint: "Errors with the same template are one pattern. One that was resolved and comes back is regressed.",
    query: "error-patterns",
    params: () => ({ limit: 200, more_than: 0 }),
    size: "wide",
    emptyIsGood: true,
    empty: "No error has repeated itself in this range.",
    render: (rows, meta) =>
      table({
        caption: "Error patterns",
        columns: [
          { key: "event", label: "Pattern", render: patternName },
          { key: "state", render: (row) => (row.resolved ? stateBadge("resolved") : stateBadge(row.state)) },
          { key: "occurrences", bar: true },
          "affected_users",
          "last_seen",
          { key: "first_seen", minor: true },
          { key: "page", minor: true },
        ],
        rows,
        href: (row) => link("patterns", row.fingerprint),
        described: meta.columns,
        first: 25,
      }),
  });

const resolutions = () =>
  card({
    title: "Resolved lately",
    query: "resolutions",
    params: () => ({ limit: 20 }),
    size: "wide",
    empty: "Nothing has been resolved yet. Open a pattern and say what was done.",
    render: (rows, meta) =>
      table({
        caption: "Resolutions",
        columns: [{ key: "resolution", label: "What was done" }, { key: "resolved_by", label: "By", kind: "text" }, "resolved_at", { key: "fingerprint", minor: true }],
        rows,
        href: (row) => (row.fingerprint ? link("patterns", row.fingerprint) : null),
        described: meta.columns,
        first: 6,
      }),
  });

const about = (fingerprint) =>
  card({
    title: "The pattern",
    size: "wide",
    load: (context, options) => context.ask("error-patterns", { fingerprint, more_than: 0, limit: 1 }, options),
    empty: "It did not occur in this range. Choose a longer one.",
    render: ([row]) => [
      h("p", {}, h("b", {}, words(row.event)), " ", stateBadge(row.resolved ? "resolved" : row.state), " ", h("span", { class: "muted" }, row.resolved ? "" : (STATES[row.state] ?? ""))),
      row.template && row.template !== row.event ? h("p", { class: "sample" }, row.template) : null,
      stats(
        { label: "Occurrences", value: FORMATS.count(row.occurrences) },
        { label: "People affected", value: FORMATS.count(row.affected_users) },
        h("div", { class: "stat" }, h("dt", {}, "First seen"), h("dd", { class: "value" }, timeAgo(row.first_seen))),
        h("div", { class: "stat" }, h("dt", {}, "Last seen"), h("dd", { class: "value" }, timeAgo(row.last_seen))),
      ),
      h("dl", { class: "facts" }, fact("Most on page", row.page), fact("Most by action", row.action), fact("Fingerprint", row.fingerprint)),
      row.sample && row.sample !== row.template ? h("div", {}, h("h3", {}, "A sample"), h("p", { class: "sample" }, row.sample)) : null,
    ],
  });

function fact(term, value) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, value || NONE));
}

const trend = (fingerprint) =>
  card({
    title: "Over time",
    query: "pattern-trend",
    params: (context) => ({ fingerprint, bucket: bucketOf(context.window("-24h")) }),
    least: "-24h",
    size: "two-thirds",
    render: (rows, meta) =>
      chart({
        meta,
        label: "Occurrences and people affected over time",
        times: rows.map((row) => asDate(row.time).getTime() / 1000),
        series: [
          { label: "Occurrences", values: rows.map((row) => Number(row.occurrences)), form: "bars", tone: "danger" },
          { label: "People affected", values: rows.map((row) => Number(row.affected_users)), tone: "accent" },
        ],
        height: 220,
      }),
  });

function resolution(fingerprint) {
  const place = h("div", { class: "body" });
  const element = h("section", { class: "card third short", "aria-labelledby": "resolve-title" }, h("header", {}, h("h2", { id: "resolve-title" }, "Resolve")), place);
  let again = () => {};
  return { element, load };

  async function load(context) {
    again = () => load(context);
    if (element.contains(document.activeElement)) return;
    const told = await context.ask("resolutions", { limit: 100 }).catch(() => ({ rows: [] }));
    const mine = told.rows.filter((row) => row.fingerprint === fingerprint);
    replace(place, may("on-call") ? form() : h("p", { class: "muted" }, refusal("on-call")), mine.map(done));
  }
  function done(row) {
    return h("p", { class: "note" }, flag(true, "resolved", "ok"), h("span", {}, `${row.resolution} – ${row.resolved_by} `, timeAgo(row.resolved_at)));
  }
  function form() {
    const field = h("input", { id: "resolution", required: true, maxlength: 500, placeholder: "Timeout raised in 2.4.1" });
    const button = h("button", { class: "primary" }, "Resolve");
    const problem = h("p", { class: "note danger", role: "alert", hidden: true });
    const made = h("form", { class: "resolve" }, h("label", { for: "resolution" }, "What was done?"), field, button, problem);
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      problem.hidden = true;
      try {
        await resolve(fingerprint, field.value.trim());
        announce("Resolved.");
        button.blur();
        again();
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
      }
      button.disabled = false;
    });
    return made;
  }
}

const occurrences = (fingerprint) =>
  card({
    title: "Newest occurrences",
    hint: "With who had it, and in which session",
    size: "wide",
    load: (context, options) => context.ask("error-feed", { fingerprint, limit: 30 }, options),
    empty: "None in this range.",
    render: (rows) => h("ol", { class: "feed" }, rows.map((row) => errorLine(row))),
  });

export default {
  title: "Patterns",
  usual: "-24h",
  every: 120,
  parts: (context) => {
    const [fingerprint] = context.path;
    if (!fingerprint) return [list(), resolutions()];
    const back = { element: h("p", { class: "crumb" }, h("a", { href: link("patterns") }, "← All patterns")) };
    return [back, about(fingerprint), trend(fingerprint), resolution(fingerprint), occurrences(fingerprint)];
  },
};
