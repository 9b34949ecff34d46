// Errors as they come, the newest above; a screen reader hears how many, now and then, not each.

import { announce, h, replace } from "../dom.js";
import { plural, short, words } from "../format.js";
import { link } from "../router.js";
import { timeAgo } from "../time.js";
import { flag, severity } from "./badge.js";

const KEPT = 60;
const SAY_EVERY = 20_000; // ms

/** One error, with links to who had it and where it belongs. */
export function errorLine(row, { fresh = false } = {}) {
  const place = [row.service, row.endpoint || row.page, row.action].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: fresh ? "fresh" : null, data: { id: row.event_id ?? "" } },
    h("div", { class: "first" }, severity(row.severity), h("b", {}, words(row.event)), flag(row.user_blocked, "blocked"), timeAgo(row.event_time)),
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
    replace(element, rows.slice(0, KEPT).map((row) => errorLine(row)));
  }
  function add(rows) {
    const fresh = rows.filter(({ event_id: id }) => !id || !seen.has(id));
    if (!fresh.length) return;
    fresh.forEach(({ event_id: id }) => seen.add(id));
    element.prepend(...fresh.map((row) => errorLine(row, { fresh: true })).slice(0, KEPT));
    while (element.children.length > KEPT) element.lastChild.remove();
    unsaid += fresh.length;
    timer ||= setTimeout(say, SAY_EVERY);
  }
  function say() {
    if (element.isConnected) announce(plural(unsaid, "new error"));
    unsaid = timer = 0;
  }
}
