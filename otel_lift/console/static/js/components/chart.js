// Charts by uPlot, drawn after everything else, each with the table of its numbers.

import { h, replace, svg } from "../dom.js";
import { FORMATS, asDate } from "../format.js";
import { table } from "./table.js";

let loading = null;
const drawn = new Set();

/** uPlot, loaded once and not before a chart is there. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(h("link", { rel: "stylesheet", href: "vendor/uPlot.min.css" }));
    document.head.append(h("script", { src: "vendor/uPlot.iife.min.js", on: { load: () => resolve(window.uPlot), error: reject } }));
  });
  return loading;
}

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {(number | null)[]} values
 * @property {string} [kind] a name of `FORMATS`; all series of one scale have the same
 * @property {"line" | "area" | "bars" | "band"} [form]
 * @property {"accent" | "soft" | "faint" | "danger" | "warn" | "ok"} [tone]
 * @property {"left" | "right"} [scale]
 */

/**
 * A chart over time.
 * @param {object} options
 * @param {string} options.label what it shows, for a screen reader
 * @param {number[]} options.times seconds since 1970, ascending
 * @param {Series[]} options.series
 * @param {object} [options.meta] of the answer: its `from` and `to` are the ends of the time axis
 * @param {boolean} [options.days] whether the times are days in UTC
 * @param {number} [options.height] of the plot in pixels
 */
export function chart({ label, times, series, meta = {}, days = false, height = 200 }) {
  const place = h("div", { class: "plot", role: "img", "aria-label": summary(label, series), tabindex: 0, vars: { "--height": `${height}px` } });
  const tip = h("div", { class: "tip", hidden: true });
  const key = h("ul", { class: "key", "aria-hidden": "true" }, series.map((one, index) => h("li", {}, swatch(one, index), one.label)));
  const numbers = h("details", { class: "numbers" }, h("summary", {}, "Numbers as a table"));
  numbers.addEventListener("toggle", () => numbers.open && numbers.children.length === 1 && numbers.append(asTable(label, times, series, days)));
  const figure = h("figure", { class: "chart" }, series.length > 1 ? key : null, place, numbers);
  const made = { place, tip, times, series, ends: ends(times, meta, days), days, height, plot: null };
  const watch = new ResizeObserver(([entry]) => {
    if (!place.isConnected) return end();
    if (made.plot) made.plot.setSize({ width: Math.floor(entry.contentRect.width), height });
    else draw(made);
  });
  watch.observe(place);
  drawn.add(made);
  place.addEventListener("keydown", (event) => moveByKey(event, made));
  place.addEventListener("blur", () => (tip.hidden = true));
  return figure;

  function end() {
    watch.disconnect();
    made.plot?.destroy();
    drawn.delete(made);
  }
}

/** Draw all charts again, as after a change of colours. */
export function redraw() {
  for (const made of drawn) {
    if (!made.place.isConnected) drawn.delete(made);
    else {
      made.plot?.destroy();
      made.plot = null;
      draw(made);
    }
  }
}

const tones = ["accent", "soft", "faint", "warn"];
const DASHES = { soft: [6, 3], faint: [2, 3], warn: [8, 3, 2, 3], ok: [12, 4] };

/** A piece of a series, as it is drawn. */
function swatch(one, index) {
  const tone = one.tone ?? tones[index] ?? "accent";
  const shape = one.form === "bars" ? svg("rect", { x: 7, y: 1, width: 8, height: 10, rx: 1 }) : svg("path", { d: "M0 6h22", "stroke-dasharray": one.form ? null : DASHES[tone]?.join(" ") });
  return svg("svg", { class: `swatch tone-${tone}`, viewBox: "0 0 22 12" }, shape);
}

async function draw(made) {
  const uPlot = await library().catch(() => null);
  if (uPlot === null) return replace(made.place, h("p", { class: "muted" }, "The chart could not be loaded; the numbers are in the table below."));
  if (made.plot || !made.place.isConnected) return;
  const colours = palette(made.place);
  const scales = [...new Set(made.series.map((one) => one.scale ?? "left"))];
  const shape = (one, index) => {
    const tone = one.tone ?? tones[index] ?? "accent";
    const form = one.form ?? "line";
    return {
      label: one.label,
      scale: one.scale ?? "left",
      stroke: colours[tone],
      width: form === "bars" ? 0 : 1.75,
      fill: { bars: colours[tone], area: `${colours[tone].replace("rgb(", "rgba(").replace(")", ", 0.13)")}` }[form],
      paths: form === "bars" ? uPlot.paths.bars({ size: [0.7, 24], radius: 0.15 }) : undefined,
      dash: form === "line" ? DASHES[tone] : undefined,
      points: { show: made.times.length < 3, size: 5 },
    };
  };
  // The first and the last bar need half a bar beside them.
  const room = made.series.some(({ form }) => form === "bars") && made.times.length > 1 ? (made.times[1] - made.times[0]) * 0.6 : 0;
  const font = `11px ${getComputedStyle(made.place).fontFamily}`;
  const axis = { stroke: colours.muted, font, grid: { stroke: colours.line, width: 1 }, ticks: { show: false } };
  const kind = (scale) => made.series.find((one) => (one.scale ?? "left") === scale).kind ?? "count";
  const options = {
    width: Math.floor(made.place.clientWidth),
    height: made.height,
    padding: [8, scales.length > 1 ? 4 : 24, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
    tzDate: made.days ? (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : undefined,
    scales: {
      x: { range: () => [made.ends[0] - room, made.ends[1] + room] },
      ...Object.fromEntries(scales.map((scale) => [scale, { range: (_, low, high) => [Math.min(low ?? 0, 0), (high || 1) * 1.08] }])),
    },
    axes: [
      { ...axis, grid: { show: false }, space: 64, size: 28, values: stamps(made) },
      ...scales.map((scale) => ({
        ...axis,
        scale,
        side: scale === "right" ? 1 : 3,
        size: 52,
        space: 34,
        grid: scale === "right" ? { show: false } : axis.grid,
        values: (_, splits) => splits.map((value) => FORMATS[kind(scale)](value)),
      })),
    ],
    series: [{}, ...made.series.map(shape)],
    hooks: { setCursor: [(plot) => point(plot, made)] },
  };
  made.place.replaceChildren();
  made.plot = new uPlot(options, [made.times, ...made.series.map((one) => one.values)], made.place);
  made.plot.over.append(made.tip);
}

/** The ends of the time axis: those of the window, so that two values far apart, or a single one, stand where they belong. */
function ends(times, { from, to }, days) {
  const [start, end] = [from, to].map((time) => (asDate(time)?.getTime() ?? NaN) / 1000);
  const step = (time) => (days ? Math.floor(time / 86_400) * 86_400 : time);
  const low = Math.min(times[0], ...[step(start)].filter(Number.isFinite));
  const high = Math.max(times.at(-1), ...[step(end - 1)].filter(Number.isFinite));
  return low < high ? [low, high] : [low - 1800, high + 1800];
}

function stamps(made) {
  const span = made.ends[1] - made.ends[0];
  const zone = made.days ? { timeZone: "UTC" } : {};
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", ...zone });
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...zone });
  const both = (date) => (date.getHours() === 0 && date.getMinutes() === 0 ? day.format(date) : clock.format(date));
  return (_, splits) => splits.map((seconds) => (made.days || span > 4 * 86_400 ? day.format(seconds * 1000) : both(new Date(seconds * 1000))));
}

function point(plot, { tip, times, series, days }) {
  const at = plot.cursor.idx;
  tip.hidden = at === null || at === undefined || plot.cursor.left < 0;
  if (tip.hidden) return;
  const rows = series.map((one) => h("li", {}, h("span", {}, one.label), h("b", {}, FORMATS[one.kind ?? "count"](one.values[at]))));
  replace(tip, h("strong", {}, (days ? FORMATS.day : FORMATS.time)(times[at] * 1000)), h("ul", {}, rows));
  const right = plot.cursor.left > plot.over.clientWidth / 2;
  tip.style.setProperty("--at", `${right ? plot.over.clientWidth - plot.cursor.left + 10 : plot.cursor.left + 10}px`);
  tip.classList.toggle("left", right);
}

function moveByKey(event, made) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !made.plot) return;
  event.preventDefault();
  const now = made.plot.cursor.left >= 0 ? (made.plot.cursor.idx ?? 0) : -step && (step > 0 ? -1 : made.times.length);
  const to = Math.min(Math.max(now + step, 0), made.times.length - 1);
  made.plot.setCursor({ left: made.plot.valToPos(made.times[to], "x"), top: 10 });
}

function summary(label, series) {
  const parts = series.map((one) => {
    const known = one.values.filter((value) => value !== null && value !== undefined);
    const write = FORMATS[one.kind ?? "count"];
    return known.length ? `${one.label}: last ${write(known.at(-1))}, highest ${write(Math.max(...known))}` : `${one.label}: no values`;
  });
  return `Chart: ${label}. ${parts.join("; ")}.`;
}

function asTable(label, times, series, days) {
  const rows = times.map((time, at) => ({ time: time * 1000, ...Object.fromEntries(series.map((one, index) => [index, one.values[at]])) })).reverse();
  const when = { key: "time", label: days ? "Day" : "Time", render: (row) => (days ? FORMATS.day : FORMATS.time)(row.time) };
  const columns = [when, ...series.map((one, index) => ({ key: String(index), label: one.label, kind: one.kind ?? "count" }))];
  return table({ caption: label, columns, rows, first: 20, sorts: false });
}

function palette(place) {
  const probe = place.appendChild(h("span", { hidden: true }));
  const names = ["accent", "soft", "faint", "danger", "warn", "ok", "muted", "line"];
  const colours = names.map((name) => {
    probe.style.setProperty("color", `var(--chart-${name})`);
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(colours);
}
