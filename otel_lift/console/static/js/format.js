// Numbers, times and units as people read them.

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
const COMPACT = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const AT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
export const NONE = "–";

/** @param {any} value @returns {Date | null} a time of the API: ISO 8601, or ClickHouse's form, in UTC; null if none */
export function asDate(value) {
  if (value === null || value === undefined || value === "") return null;
  if (value instanceof Date) return value;
  if (typeof value === "number") return new Date(value < 1e11 ? value * 1000 : value);
  let text = String(value).replace(" ", "T").replace(/(\.\d{3})\d+/, "$1");
  if (text.includes("T") && !/(Z|[+-]\d\d:?\d\d)$/.test(text)) text += "Z";
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || date.getTime() <= 0 ? null : date;
}

const finite = (value) => value !== null && value !== undefined && value !== "" && Number.isFinite(Number(value));

/** By the kind of a column: how its value is written. */
export const FORMATS = {
  text: (value) => (value === null || value === undefined || value === "" ? NONE : String(value)),
  count: (value) => (finite(value) ? (Math.abs(value) >= 1e6 ? COMPACT : WHOLE).format(value) : NONE),
  number: (value) => (finite(value) ? FINE.format(value) : NONE),
  percent: (value) => (finite(value) ? `${FINE.format(value)} %` : NONE),
  ms: millis,
  seconds: (value) => (finite(value) ? millis(value * 1000) : NONE),
  bytes,
  usd: (value) => (finite(value) ? `$${Number(value).toLocaleString("en-GB", usdDigits(value))}` : NONE),
  bool: (value) => (value && value !== "0" ? "yes" : "no"),
  day: (value) => (asDate(value) ? DAY.format(asDate(value)) : NONE),
  time: (value) => (asDate(value) ? AT.format(asDate(value)) : NONE),
  moment: (value) => (asDate(value) ? MOMENT.format(asDate(value)) : NONE),
  clock: (value) => (asDate(value) ? CLOCK.format(asDate(value)) : NONE),
  id: (value) => (value ? short(value) : NONE),
};

function usdDigits(value) {
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 1 || Number(value) === 0 ? 2 : 4;
  return { minimumFractionDigits: Math.min(digits, 2), maximumFractionDigits: digits };
}

function millis(value) {
  if (!finite(value)) return NONE;
  const ms = Number(value);
  if (Math.abs(ms) < 1) return `${FINE.format(ms)} ms`;
  if (Math.abs(ms) < 1000) return `${WHOLE.format(ms)} ms`;
  if (Math.abs(ms) < 60_000) return `${FINE.format(ms / 1000)} s`;
  if (Math.abs(ms) < 3_600_000) return `${FINE.format(Math.round(ms / 6000) / 10)} min`;
  if (Math.abs(ms) < 172_800_000) return `${FINE.format(Math.round(ms / 360_000) / 10)} h`;
  return `${WHOLE.format(ms / 86_400_000)} d`;
}

function bytes(value) {
  if (!finite(value)) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = value >= 1 ? Math.min(Math.floor(Math.log(value) / Math.log(1024)), 4) : 0;
  return `${FINE.format(Math.round((value / 1024 ** step) * 10) / 10)} ${units[step]}`;
}

/** Pseudonyms, fingerprints and ids are long; ten characters tell them apart on a page. */
export function short(value) {
  const text = String(value);
  return text.length > 12 ? `${text.slice(0, 10)}…` : text;
}

/** ``user_type`` or ``api_error`` as words. */
export function words(name) {
  const text = String(name).replaceAll("_", " ").replace(/\b(ai|api|db|ui)\b/g, (short) => short.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One of two words by a number: ``plural(2, "person", "people")``. */
export function plural(count, one, many = `${one}s`) {
  return `${FORMATS.count(count)} ${Number(count) === 1 ? one : many}`;
}
