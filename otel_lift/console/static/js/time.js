// Time: the range that all pages share, buckets of charts, and times that say how long ago.

import { FORMATS, NONE, asDate } from "./format.js";
import { h } from "./dom.js";

/** The ranges of the picker: what `from` is, and what it is called. */
export const RANGES = [
  ["-15m", "Last 15 minutes"],
  ["-1h", "Last hour"],
  ["-6h", "Last 6 hours"],
  ["-24h", "Last 24 hours"],
  ["-7d", "Last 7 days"],
  ["-30d", "Last 30 days"],
  ["-90d", "Last 90 days"],
];
const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 };
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

/** @param {string} from @returns {number | null} seconds of a relative start, such as ``-24h``; null for an absolute */
export function secondsOf(from) {
  const found = /^-(\d+)([smhd])$/.exec(from);
  return found ? Number(found[1]) * UNITS[found[2]] : null;
}

/** @returns {{from: number, to: number}} the range in milliseconds since 1970 */
export function bounds({ from, to }, now = Date.now()) {
  const seconds = secondsOf(from);
  if (seconds !== null) return { from: now - seconds * 1000, to: now };
  return { from: asDate(from)?.getTime() ?? now - 3_600_000, to: to === "now" ? now : (asDate(to)?.getTime() ?? now) };
}

/** Whether something is a range that the API takes. */
export function isRange(from, to) {
  if (secondsOf(from) !== null) return to === "now";
  const [start, end] = [asDate(from), to === "now" ? new Date() : asDate(to)];
  return start !== null && end !== null && start < end;
}

/** What a range is called. */
export function rangeName({ from, to }) {
  const known = RANGES.find(([start]) => start === from);
  if (known) return known[1];
  if (secondsOf(from) !== null) return `Last ${FORMATS.seconds(secondsOf(from))}`;
  return `${FORMATS.time(from)} – ${to === "now" ? "now" : FORMATS.time(to)}`;
}

/** @returns {number} seconds of a chart's bucket, so that about 60 to 120 of them fill the range */
export function bucketOf(range) {
  const { from, to } = bounds(range);
  const want = (to - from) / 1000 / 90;
  return [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 86_400].find((step) => step >= want) ?? 86_400;
}

/** How long ago, in words. */
export function ago(value, now = Date.now()) {
  const date = asDate(value);
  if (date === null) return NONE;
  const seconds = Math.round((date.getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  if (size < 60) return RELATIVE.format(seconds, "second");
  if (size < 3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return RELATIVE.format(Math.round(seconds / 3600), "hour");
  return RELATIVE.format(Math.round(seconds / 86_400), "day");
}

/** A time element that says how long ago and keeps saying it; the time itself is its title. */
export function timeAgo(value) {
  const date = asDate(value);
  if (date === null) return h("span", { class: "muted" }, NONE);
  return h("time", { datetime: date.toISOString(), title: FORMATS.time(date), data: { ago: "" } }, ago(date));
}

/** Keep all times on the page true. */
export function keepTimes() {
  setInterval(() => {
    for (const one of document.querySelectorAll("time[data-ago]")) one.textContent = ago(one.dateTime);
  }, 15_000);
}
