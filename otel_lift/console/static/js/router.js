// Routes live in the address's fragment: `#/patterns/abc?from=-24h&service=shop`. What is in it can be sent to others.

import { isRange } from "./time.js";

export const FILTERS = ["service", "environment", "user_type"];
const listeners = new Set();

/**
 * @typedef {{path: string[], range: {from: string, to: string} | null, filters: Record<string, string>,
 *   query: URLSearchParams}} Route
 */

/** @returns {Route} where the page is now; what is no range is left out */
export function route() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const query = new URLSearchParams(search);
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? "now"];
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { path: parts.length ? parts : ["now"], range: isRange(from, to) ? { from, to } : null, filters, query };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page with the range and filters of now: `link("people", subject)`. */
export function link(...path) {
  return address(path, shared());
}

/** The address of this very page with other settings; an empty one is left out. */
export function here(changes) {
  const query = new URLSearchParams(route().query);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  return address(route().path, query);
}

/** Go to an address that `link` or `here` made, without a new step in the history if it is only a setting. */
export function go(to, { quietly = false } = {}) {
  if (!quietly) {
    location.hash = to;
    return;
  }
  history.replaceState(null, "", to);
  for (const listener of listeners) listener();
}

/** Call when the address changes. */
export function onRoute(listener) {
  listeners.add(listener);
  window.addEventListener("hashchange", listener);
}

function shared() {
  const query = new URLSearchParams();
  const now = route().query;
  for (const name of ["from", "to", ...FILTERS]) if (now.get(name)) query.set(name, now.get(name));
  return query;
}

function address(path, query) {
  const search = String(query);
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}
