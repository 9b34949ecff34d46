// Small marks: a sign and a word beside each colour, since colour alone tells nothing to many.

import { h } from "../dom.js";

const SIGNS = { danger: "▲", warn: "◆", ok: "●", info: "○", plain: "·" };
const SEVERITY = { critical: "danger", fatal: "danger", high: "danger", error: "danger", medium: "warn", warning: "warn", low: "info" };
const STATE = { new: "danger", regressed: "warn", ongoing: "info", resolved: "ok", done: "ok", failed: "danger" };

/** A word with a sign. @param {"danger" | "warn" | "ok" | "info" | "plain"} tone */
export function badge(tone, text) {
  return h("span", { class: `badge ${tone}` }, h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[tone]), text);
}

export function severity(value) {
  return value ? badge(SEVERITY[value] ?? "plain", value) : h("span", { class: "muted" }, "–");
}

export function stateBadge(value) {
  return badge(STATE[value] ?? "plain", value);
}

/** A word that says yes, or nothing. */
export function flag(value, text, tone = "danger") {
  return value && value !== "0" ? badge(tone, text) : null;
}
