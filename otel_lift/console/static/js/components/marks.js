// Values as lengths and shades: bars, funnels and heat maps, all of them tables or lists with the numbers in them.

import { h } from "../dom.js";
import { FORMATS, plural } from "../format.js";

/**
 * Bars, longest first or in the order given.
 * @param {{label: any, value: number, text: string, note?: string, tone?: string}[]} rows
 */
export function bars(rows, { caption }) {
  const most = Math.max(...rows.map(({ value }) => value), 1e-9);
  const line = ({ label, value, text, note, tone }) =>
    h(
      "li",
      { class: tone ?? null },
      h("span", { class: "label" }, label),
      h("span", { class: "amount" }, text, note ? h("small", {}, ` ${note}`) : null),
      h("span", { class: "track", "aria-hidden": "true", vars: { "--part": `${(100 * value) / most}%` } }),
    );
  return h("ul", { class: "bars", "aria-label": caption }, rows.map(line));
}

/** @param {{step: number, event: string, users: number, share_of_first: number, share_of_previous: number}[]} rows */
export function funnel(rows, name) {
  const line = (row, index) => {
    const lost = index ? rows[index - 1].users - row.users : 0;
    return h(
      "li",
      { vars: { "--part": `${Math.max(row.share_of_first, 0.5)}%` } },
      h("span", { class: "step" }, h("b", {}, name(row.event)), h("span", {}, `${plural(row.users, "person", "people")} · ${FORMATS.percent(row.share_of_first)}`)),
      h("span", { class: "block", "aria-hidden": "true" }),
      lost > 0 ? h("span", { class: "lost" }, `${FORMATS.count(lost)} left before this step (${FORMATS.percent(100 - row.share_of_previous)})`) : null,
    );
  };
  return h("ol", { class: "funnel" }, rows.map(line));
}

/**
 * A table whose cells are shaded by their share.
 * @param {{row: string, note: string, cells: (number | null)[]}[]} lines shares in percent; null where there is none yet
 */
export function heatmap(lines, { caption, first, second, columns }) {
  const cell = (share) =>
    share === null
      ? h("td", { class: "none" })
      : h("td", { class: share > 70 ? "strong" : null, vars: { "--share": `${Math.round(share)}%` } }, String(Math.round(share)));
  return h(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": caption },
    h(
      "table",
      { class: "heatmap" },
      h("caption", { class: "spoken" }, caption),
      h("thead", {}, h("tr", {}, [first, second, ...columns].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, lines.map((line) => h("tr", {}, h("th", { scope: "row" }, line.row), h("td", { class: "plain" }, line.note), line.cells.map(cell)))),
    ),
  );
}
