// Errors as they come, the newest above; a screen reader hears how many, now and then, not each.

import { announce, h, replace } from "../dom.js";
import { plural, short, words } from "../format.js";
import { link } from "../router.js";
import { timeAgo } from "../time.js";
import { flag, severity } from "./badge.js";

const KEPT = 60;
const SAY_EVERY = 20_000; // ms

/** What makes an error the same as the one before it: a flood of it is one line with a number. */
const sameness = (row) => JSON.stringify([row.event, row.service, row.subject, row.message]);

/** One error, with links to who had it and where it belongs; `times` says how often it came in a row. */
export function errorLine(row, { fresh = false, times = 1 } = {}) {
  const place = [row.service, row.endpoint || row.page, row.action].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: fresh ? "fresh" : null, data: { same: sameness(row), times } },
    h("div", { class: "first" }, severity(row.severity), h("b", {}, words(row.event)), times > 1 ? h("span", { class: "times" }, `× ${times}`) : null, flag(row.user_blocked, "blocked"), timeAgo(row.event_time)),
    row.message && row.message !== row.event ? h("p", { class: "message" }, row.message) : null,
    h(
      "div",
      { class: "last" },
      place ? h("span", {}, place) : null,
      row.fingerprint ? h("a", { href: link("patterns", row.fingerprint) }, "Pattern") : null,
      row.subject ? h("a", { href: link("people", row.subject), title: row.subject }, `Person ${short(row.subject)}`) : null,
      row.session_id ? h("a", { href: link("sessions", row.session_id) }, "Session") : null,
    ),
  );
}

/** What a pattern is called: its event, and the template where there is one. */
export function patternName(row) {
  const told = row.template && row.template !== row.event;
  return h("span", {}, words(row.event), told ? h("span", { class: "template" }, row.template) : null);
}

/** @returns {{element: HTMLElement, set: (rows: object[]) => void, add: (rows: object[]) => void}} */
export function feed() {
  const element = h("ol", { class: "feed", "aria-label": "Newest errors" });
  const seen = new Set();
  let unsaid = 0;
  let timer = 0;
  return { element, set, add };

  function set(rows) {
    seen.clear();
    rows.forEach(({ event_id: id }) => seen.add(id));
    const runs = [];
    for (const row of rows) runs.at(-1)?.same === sameness(row) ? (runs.at(-1).times += 1) : runs.push({ row, same: sameness(row), times: 1 });
    replace(element, runs.slice(0, KEPT).map(({ row, times }) => errorLine(row, { times })));
  }
  function add(rows) {
    const fresh = rows.filter(({ event_id: id }) => !id || !seen.has(id));
    if (!fresh.length) return;
    fresh.forEach(({ event_id: id }) => seen.add(id));
    fresh.sort((a, b) => (a.event_time < b.event_time ? -1 : 1)).forEach(put);
    while (element.children.length > KEPT) element.lastChild.remove();
    unsaid += fresh.length;
    timer ||= setTimeout(say, SAY_EVERY);
  }
  function put(row) {
    const first = element.firstElementChild;
    const again = first?.dataset.same === sameness(row);
    const line = errorLine(row, { fresh: true, times: again ? Number(first.dataset.times) + 1 : 1 });
    again ? first.replaceWith(line) : element.prepend(line);
  }
  function say() {
    if (element.isConnected) announce(plural(unsaid, "new error"));
    unsaid = timer = 0;
  }
}
