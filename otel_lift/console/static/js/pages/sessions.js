// One session from its first event to its last: what was done, what failed, and how it went on.

import { badge, flag, severity } from "../components/badge.js";
import { card } from "../components/card.js";
import { stats } from "../components/stat.js";
import { table } from "../components/table.js";
import { h } from "../dom.js";
import { FORMATS, asDate, words } from "../format.js";
import { link } from "../router.js";

const LONG = 60_000; // ms between two events that are worth a line of their own
const key = (row) => `${row.event_time} ${row.event}`;
const yes = (value) => Boolean(value) && value !== "0";

const timeline = (session) =>
  card({
    title: "Timeline",
    size: "two-thirds",
    load: async (context, options) => {
      const asked = { ...options, least: "-7d" };
      const params = { session_id: session };
      const [all, failures] = await Promise.all([context.ask("session-timeline", params, asked), context.ask("session-cascade", params, asked)]);
      const failed = new Map(failures.rows.map((row) => [key(row), row]));
      return { rows: all.rows.map((row) => ({ ...row, failure: failed.get(key(row)) })), meta: all.meta };
    },
    empty: "Nothing of this session in this range. Choose a longer one.",
    render: (rows) => [overview(rows), h("ol", { class: "timeline" }, rows.map((row, index) => entry(row, rows[index - 1])))],
  });

function overview(rows) {
  const failed = rows.filter((row) => yes(row.failed));
  const recovered = failed.filter((row) => yes(row.failure?.recovery_successful)).length;
  return stats(
    { label: "Length", value: FORMATS.ms(asDate(rows.at(-1).event_time) - asDate(rows[0].event_time)) },
    { label: "Events", value: FORMATS.count(rows.length) },
    { label: "Errors", value: FORMATS.count(failed.length), tone: failed.length ? "danger" : "ok" },
    { label: "Recovered", value: FORMATS.count(recovered), tone: recovered ? "ok" : undefined },
  );
}

function entry(row, before) {
  const failed = yes(row.failed);
  const failure = row.failure ?? {};
  const pause = before ? asDate(row.event_time) - asDate(before.event_time) : 0;
  const recovery = yes(failure.recovery_successful)
    ? badge("ok", `recovered${failure.recovery_method ? ` by ${words(failure.recovery_method).toLowerCase()}` : ""}`)
    : yes(failure.recovery_attempted)
      ? badge("warn", "recovery failed")
      : null;
  return h(
    "li",
    { class: failed ? (yes(failure.recovery_successful) ? "failed recovered" : "failed") : null },
    pause > LONG ? h("span", { class: "pause" }, `${FORMATS.ms(pause)} later`) : null,
    h("time", { class: "when", datetime: asDate(row.event_time).toISOString(), title: FORMATS.time(row.event_time) }, FORMATS.clock(row.event_time)),
    h(
      "span",
      { class: "what" },
      h("b", {}, words(row.event)),
      failed ? severity(row.severity) : null,
      flag(failure.user_blocked, "blocked"),
      recovery,
      h("span", { class: "muted" }, [row.what, row.action, Number(row.duration_ms) ? FORMATS.ms(row.duration_ms) : ""].filter(Boolean).join(" · ")),
      failure.fingerprint ? h("a", { href: link("patterns", failure.fingerprint) }, "Pattern") : null,
    ),
    row.message ? h("span", { class: "message" }, row.message) : null,
  );
}

const cascade = (session) =>
  card({
    title: "Errors in order",
    query: "session-cascade",
    params: () => ({ session_id: session }),
    least: "-7d",
    size: "third",
    emptyIsGood: true,
    empty: "No errors in this session.",
    render: (rows) =>
      table({
        caption: "Errors of the session in order",
        columns: [
          { key: "event", label: "Error", render: (row) => words(row.event) },
          { key: "endpoint", label: "Where", kind: "text", render: (row) => row.endpoint || row.page || "–" },
          { key: "seconds_since_previous", label: "After" },
        ],
        rows,
        sorts: false,
      }),
  });

export default {
  title: "A session",
  usual: "-7d",
  parts: (context) => {
    const [session] = context.path;
    const back = { element: h("p", { class: "crumb" }, h("a", { href: link("people") }, "← People in trouble"), session ? h("span", { class: "id muted" }, `  ${session}`) : null) };
    return session ? [back, timeline(session), cascade(session)] : [back];
  },
};
