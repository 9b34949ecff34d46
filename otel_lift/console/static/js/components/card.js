// A card asks one question and shows its answer, or why there is none: loading, empty, refused, hidden, failed.

import { announce, h, icon, replace } from "../dom.js";
import { FORMATS, plural } from "../format.js";
import { who } from "../session.js";
import { badge } from "./badge.js";

/**
 * @typedef {object} CardOptions
 * @property {string} title
 * @property {string} [hint] a line below the title
 * @property {string | null} [query] the named query; `load` in its place may ask several
 * @property {(context: object) => Record<string, any>} [params] the query's own parameters
 * @property {(context: object, options: object) => Promise<{rows: object[], meta: object}>} [load]
 * @property {(rows: object[], meta: object, context: object) => any} render what to show
 * @property {string} [least] the range's least length, such as ``-84d``, where a shorter one has no meaning
 * @property {string} [empty] what to say where there are no rows
 * @property {boolean} [emptyIsGood] whether no rows are good news
 * @property {"wide" | "half" | "third" | "two-thirds"} [size]
 * @property {boolean} [tall] as high as two rows
 * @property {Node} [tools] controls beside the title
 */

let count = 0;

/** @param {CardOptions} options @returns {{element: HTMLElement, load: (context: object) => Promise<void>}} */
export function card(options) {
  const id = `card-${(count += 1)}`;
  const note = h("p", { class: "meta" });
  const body = h("div", { class: "body" });
  const heading = h("div", { class: "heading" }, h("h2", { id }, options.title), options.hint ? h("p", { class: "hint" }, options.hint) : null);
  const element = h("section", { class: `card ${options.size ?? "half"}${options.tall ? " tall" : ""}`, "aria-labelledby": id }, h("header", {}, heading, options.tools), body, note);
  let reason = "";
  let run = 0;
  replace(body, skeleton());
  return { element, load };

  async function load(context, { fresh = false } = {}) {
    const mine = (run += 1);
    element.setAttribute("aria-busy", "true");
    try {
      const asked = { fresh, reason, least: options.least };
      const { rows, meta } = await (options.load?.(context, asked) ?? context.ask(options.query, options.params?.(context), asked));
      if (mine !== run || context.ended) return;
      const hidden = Number(meta.hidden) || 0;
      show(rows.length ? options.render(rows, meta, context) : nothing(hidden), hiddenNote(hidden, () => load(context, { fresh: true })));
      replace(note, described(meta));
    } catch (error) {
      if (mine !== run || context.ended || error.name === "AbortError") return;
      show(failed(error, () => load(context, { fresh: true })));
    }
  }

  function show(...content) {
    element.removeAttribute("aria-busy");
    note.replaceChildren();
    replace(body, ...content);
  }
  function nothing(hidden) {
    if (hidden) return null;
    const sign = options.emptyIsGood ? badge("ok", "Nothing here") : null;
    return h("div", { class: "empty" }, sign, h("p", {}, options.empty ?? "No data in this range. Choose a longer one, or fewer filters."));
  }
  function hiddenNote(hidden, again) {
    if (!hidden) return null;
    const text = `${plural(hidden, "row is", "rows are")} hidden: so few people stand behind ${hidden === 1 ? "it" : "them"} that somebody could be told.`;
    const button = who()?.roles.includes("analyst") ? h("button", { class: "quiet", on: { click: () => breakGlass(again) } }, "Show, with a reason…") : null;
    return h("p", { class: "note" }, icon("hidden"), h("span", {}, text), button);
  }
  function breakGlass(again) {
    const field = h("input", { id: `${id}-reason`, required: true, maxlength: 200 });
    const form = h("form", { class: "reason" }, h("label", { for: field.id }, "Why must you see them? It is recorded with your name."), field, h("button", { class: "primary" }, "Show"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      reason = field.value.trim();
      again();
    });
    body.querySelector(".note").replaceWith(form);
    field.focus();
  }
}

function described(meta) {
  if (!meta.calculated_at) return "";
  const range = meta.from && meta.to ? `${FORMATS.moment(meta.from)} – ${FORMATS.moment(meta.to)} · ` : "";
  const notes = [meta.unfiltered ? `for every ${meta.unfiltered}` : "", ...(meta.notes ?? [])].filter(Boolean);
  return [`${range}calculated ${FORMATS.clock(meta.calculated_at)}`, ...notes].join(" · ");
}

function skeleton() {
  return h("div", { class: "skeleton", role: "status" }, h("span", { class: "spoken" }, "Loading"), [1, 2, 3, 4].map(() => h("span", { class: "bone" })));
}

function blocked(text) {
  return h("div", { class: "empty" }, badge("info", "Not for your role"), h("p", {}, text));
}

function failed(error, again) {
  if (error.status === 401) return blocked("Sign in to see this.");
  if (error.status === 403) return blocked(error.message);
  const late = error.status === 429 && error.after ? ` Try again in ${FORMATS.seconds(error.after)}.` : "";
  announce(`Could not be loaded: ${error.message}`);
  return h(
    "div",
    { class: "empty" },
    badge("danger", "Could not be loaded"),
    h("p", {}, `${error.message ?? error}${late}`),
    h("button", { on: { click: again } }, "Try again"),
  );
}
