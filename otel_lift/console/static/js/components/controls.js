// What all pages share: the range, the filters, how live it is, the theme, and who is signed in.

import { token } from "../api.js";
import { Context } from "../context.js";
import { announce, h, icon, replace } from "../dom.js";
import { words } from "../format.js";
import { live } from "../live.js";
import { FILTERS, go, here, route } from "../router.js";
import { signOut, who } from "../session.js";
import { RANGES, bounds, rangeName } from "../time.js";
import { redraw } from "./chart.js";

/** The range picker; `usual` is the page's own range, taken where the address names none. */
export function rangePicker(usual) {
  const now = route().range ?? { from: usual, to: "now" };
  const known = RANGES.some(([from]) => from === now.from);
  const choices = RANGES.map(([from, name]) => h("option", { value: from, selected: from === now.from }, name));
  const own = h("option", { value: "own", selected: !known }, known ? "Choose from and to…" : rangeName(now));
  const select = h("select", { id: "range", "aria-label": "Time range", on: { change } }, choices, own);
  const place = h("div", { class: "range" }, h("span", { class: "field" }, icon("clock"), select));
  if (!known) place.append(form());
  return place;

  function change() {
    if (select.value === "own") place.append(form());
    else go(here({ from: select.value, to: "" }), { quietly: true });
  }
  function form() {
    place.querySelector("form")?.remove();
    const { from, to } = bounds(now);
    const [first, last] = [from, to].map((time, index) => h("input", { type: "datetime-local", required: true, "aria-label": index ? "To" : "From", value: local(time) }));
    const made = h("form", { class: "own" }, first, h("span", {}, "to"), last, h("button", {}, "Apply"));
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      if (first.value >= last.value) return announce("From must be before to.");
      go(here({ from: new Date(first.value).toISOString(), to: new Date(last.value).toISOString() }), { quietly: true });
    });
    return made;
  }
}

function local(time) {
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const ALL = { service: "Services", environment: "Environments", user_type: "User types" };
let values = null;

/** The filters, by the values that the data has. */
export function filterPicker() {
  const place = h("div", { class: "filters" });
  draw([]);
  values ??= new Context("-30d").ask("filter-values", { from: "-30d", to: "now" });
  values.then(({ rows }) => draw(rows)).catch(() => (values = null));
  return place;

  function draw(rows) {
    const set = route().filters;
    replace(place, FILTERS.map((filter) => {
      const found = new Set(rows.filter((row) => row.filter === filter).map(({ value }) => value));
      if (set[filter]) found.add(set[filter]);
      if (!found.size) return null;
      const choices = [...found].map((value) => h("option", { value, selected: value === set[filter] }, value));
      const change = ({ target }) => go(here({ [filter]: target.value }), { quietly: true });
      return h("select", { "aria-label": words(filter), class: set[filter] ? "set" : null, on: { change } }, h("option", { value: "" }, ALL[filter]), choices);
    }));
  }
}

const STATES = { live: ["ok", "Live"], connecting: ["info", "Connecting"], waiting: ["warn", "Reconnecting"], off: ["plain", "Paused"] };

/** Whether numbers come by themselves now; a screen reader hears when that ends and when it is back. */
export function liveState(place) {
  let was = "";
  const draw = (state) => {
    const [tone, word] = STATES[state];
    place.className = `live ${tone}`;
    replace(place, h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "word" }, word));
    place.title = state === "waiting" ? `Lost the gateway; next try in ${live.wait} s` : `Events of the gateway: ${word.toLowerCase()}`;
    if (state === "waiting" && was !== "waiting") announce("Live updates are interrupted; trying again.");
    if (state === "live" && was === "waiting") announce("Live again.");
    if (state !== "connecting") was = state;
  };
  live.on("state", draw);
  draw(live.state);
}

const THEMES = { auto: ["light", "System colours"], light: ["dark", "Light"], dark: ["auto", "Dark"] };

/** A button that goes from the system's colours to light to dark. */
export function themeButton(button) {
  const draw = () => {
    const [next, name] = THEMES[current()];
    replace(button, icon(`theme-${current()}`), h("span", { class: "spoken" }, `Colours: ${name}. Change to ${THEMES[next][1]}`));
    button.title = `Colours: ${name}`;
  };
  button.addEventListener("click", () => {
    const [next] = THEMES[current()];
    next === "auto" ? localStorage.removeItem("otel-lift-theme") : localStorage.setItem("otel-lift-theme", next);
    next === "auto" ? delete document.documentElement.dataset.theme : (document.documentElement.dataset.theme = next);
    draw();
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  draw();
}

function current() {
  return document.documentElement.dataset.theme ?? "auto";
}

/** Who is signed in, with a way out. */
export function account(place) {
  const me = who();
  if (me.open) return replace(place, h("span", { title: "Without configured sign-in the gateway answers on this machine only" }, "Open on this machine"));
  const tenant = me.tenant ? ` · ${me.tenant}` : "";
  const out = token() ? h("button", { class: "quiet", on: { click: signOut } }, "Sign out") : null;
  return replace(place, h("span", { class: "user" }, h("b", {}, me.user), h("small", {}, `${me.roles.join(", ")}${tenant}`)), out);
}
