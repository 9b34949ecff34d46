// Tables: caption, scopes, columns that sort, bars behind numbers, and arrow keys from row to row.

import { h, icon, replace } from "../dom.js";
import { FORMATS, NONE, asDate } from "../format.js";
import { isNumber, kindOf, labelOf } from "../labels.js";
import { timeAgo } from "../time.js";

const UNITS = { ms: "ms", s: "seconds", "%": "percent", USD: "usd", By: "bytes" };
const collator = new Intl.Collator("en", { numeric: true });

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} [label]
 * @property {string} [kind] a name of `FORMATS`
 * @property {(row: object) => Node | string} [render] what the cell shows in place of the formatted value
 * @property {boolean} [bar] draw the value's part of the greatest behind it
 * @property {boolean} [minor] left out on narrow screens
 */

/**
 * A table of rows.
 * @param {object} options
 * @param {string} options.caption what it is, for a screen reader
 * @param {(string | Column)[]} options.columns the first is the row's heading
 * @param {object[]} options.rows
 * @param {(row: object) => string | null} [options.href] where a row's heading leads
 * @param {object[]} [options.described] the query's columns: name, unit, description
 * @param {number} [options.first] rows to show before "show all"
 * @param {boolean} [options.sorts]
 */
export function table({ caption, columns, rows, href, described = [], first = 12, sorts = true }) {
  const known = columns.map((column) => complete(column, described));
  const most = Object.fromEntries(known.filter((one) => one.bar).map(({ key }) => [key, Math.max(...rows.map((row) => Number(row[key]) || 0), 0)]));
  const order = { key: "", down: true };
  let all = rows.length <= first + 3;
  const body = h("tbody");
  const heads = known.map((column) => head(column, sorts && rows.length > 1 ? () => sort(column) : null));
  const more = all ? null : h("button", { class: "more", on: { click: showAll } }, `Show all ${rows.length}`);
  const whole = h(
    "table",
    { on: { keydown: moveByKey } },
    h("caption", { class: "spoken" }, caption),
    h("thead", {}, h("tr", {}, heads)),
    body,
  );
  draw();
  return h("div", { class: "table" }, h("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": caption }, whole), more);

  function draw() {
    const sorted = order.key ? [...rows].sort(by(order)) : rows;
    replace(body, (all ? sorted : sorted.slice(0, first)).map((row) => line(row, known, most, href)));
  }
  function sort(column) {
    const numeric = isNumber(column.kind) || ["time", "day"].includes(column.kind);
    order.down = order.key === column.key ? !order.down : numeric;
    order.key = column.key;
    heads.forEach((one, index) => {
      known[index].key === order.key ? one.setAttribute("aria-sort", order.down ? "descending" : "ascending") : one.removeAttribute("aria-sort");
    });
    draw();
  }
  function showAll() {
    all = true;
    draw();
    more.remove();
    body.querySelector("a, th")?.focus();
  }
}

function complete(column, described) {
  const one = typeof column === "string" ? { key: column } : column;
  const told = described.find(({ name }) => name === one.key);
  const kind = one.kind ?? UNITS[told?.unit] ?? kindOf(one.key);
  return { ...one, kind, label: one.label ?? labelOf(one.key), hint: told?.description };
}

function head(column, sort) {
  const classes = [isNumber(column.kind) && "number", column.minor && "minor", column.bar && "barred"].filter(Boolean).join(" ");
  const inside = sort ? h("button", { on: { click: sort } }, column.label, icon("sort")) : column.label;
  return h("th", { scope: "col", class: classes || null, title: column.hint }, inside);
}

function line(row, columns, most, href) {
  return h("tr", {}, columns.map((column, index) => cell(row, column, most[column.key], index ? null : (href?.(row) ?? ""))));
}

function cell(row, column, greatest, to) {
  const first = to !== null;
  const classes = [isNumber(column.kind) && "number", column.minor && "minor", ["id", "day", "time"].includes(column.kind) && column.kind, greatest && "bar"];
  const shown = column.render ? column.render(row) : plain(row[column.key], column.kind);
  return h(
    first ? "th" : "td",
    {
      scope: first ? "row" : null,
      class: classes.filter(Boolean).join(" ") || null,
      title: column.kind === "id" && row[column.key] ? row[column.key] : null,
      vars: greatest ? { "--part": `${(100 * (Number(row[column.key]) || 0)) / greatest}%` } : {},
    },
    to ? h("a", { href: to }, shown) : shown,
  );
}

function plain(value, kind) {
  if (kind === "time") return timeAgo(value);
  // A mean of no durations.
  if (kind === "ms" && Number(value) === 0) return NONE;
  return (FORMATS[kind] ?? FORMATS.text)(value);
}

function by({ key, down }) {
  const sign = down ? -1 : 1;
  return (a, b) => sign * compare(a[key], b[key]);
}

function compare(a, b) {
  if (a !== "" && b !== "" && Number.isFinite(Number(a)) && Number.isFinite(Number(b))) return Number(a) - Number(b);
  if (asDate(a) && asDate(b) && /^\d{4}-/.test(a)) return asDate(a) - asDate(b);
  return collator.compare(String(a), String(b));
}

/** Up, Down, Home and End go from row to row where rows have links. */
function moveByKey(event) {
  const links = [...event.currentTarget.querySelectorAll("tbody th a")];
  const now = links.indexOf(document.activeElement);
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: links.length - 1 }[event.key];
  if (now < 0 || to === undefined || !links[to]) return;
  event.preventDefault();
  links[to].focus();
}
