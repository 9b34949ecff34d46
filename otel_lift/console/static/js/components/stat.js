// One number that matters, large, with what it means and how it went.

import { h, svg } from "../dom.js";

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.value as text
 * @param {string} [options.note]
 * @param {number[]} [options.trend] for the line below
 * @param {"danger" | "warn" | "ok"} [options.tone]
 */
export function stat({ label, value, note, trend, tone }) {
  return h(
    "div",
    { class: `stat ${tone ?? ""}`.trim() },
    h("dt", {}, label),
    h("dd", { class: "value" }, value),
    note ? h("dd", { class: "note" }, note) : null,
    trend && trend.length > 1 ? h("dd", { class: "trend", "aria-hidden": "true" }, sparkline(trend)) : null,
  );
}

/** Several of them. */
export function stats(...all) {
  return h("dl", { class: "stats" }, all.flat().map((one) => (one instanceof Node ? one : stat(one))));
}

/** A line without axes; it says nothing that the number beside it does not. */
export function sparkline(values, { width = 120, height = 28 } = {}) {
  const known = values.map((value) => Number(value) || 0);
  const most = Math.max(...known, 1e-9);
  const step = width / (known.length - 1);
  const points = known.map((value, index) => `${(index * step).toFixed(1)},${(height - 2 - (value / most) * (height - 4)).toFixed(1)}`);
  return svg(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" },
    svg("polygon", { points: `0,${height} ${points.join(" ")} ${width},${height}` }),
    svg("polyline", { points: points.join(" "), "vector-effect": "non-scaling-stroke" }),
  );
}

/** What became of a number since the time before: "38 % fewer than before". */
export function change(now, before) {
  if (!before) return now ? "none before" : "none before either";
  const percent = Math.round((100 * (now - before)) / before);
  if (percent === 0) return "as many as before";
  if (percent > 900) return `${Math.round(now / before)} times as many as before`;
  return `${Math.abs(percent)} % ${percent > 0 ? "more" : "fewer"} than before`;
}
