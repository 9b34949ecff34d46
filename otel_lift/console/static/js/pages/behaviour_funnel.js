// A funnel over events that anybody may choose; the steps are kept in the address.

import { card } from "../components/card.js";
import { funnel } from "../components/marks.js";
import { h, replace } from "../dom.js";
import { words } from "../format.js";
import { go, here, route } from "../router.js";

const USUAL = ["activation_started", "activation_round_completed", "activation_mood_logged", "activation_completed"];
const MOST = 10;
const DAYS = [["3600", "an hour"], ["86400", "a day"], ["604800", "7 days"], ["2592000", "30 days"]];

const steps = () => {
  const named = (route().query.get("steps") ?? "").split(",").filter((step) => /^[a-z0-9_]+$/.test(step));
  return named.length ? named.slice(0, MOST) : USUAL;
};
const within = () => route().query.get("within") ?? "604800";

function chooser() {
  const body = h("div", { class: "body" });
  const element = h("section", { class: "card third short", "aria-labelledby": "steps-title" }, h("header", {}, h("h2", { id: "steps-title" }, "Steps")), body);
  return { element, load };

  async function load(context) {
    const told = await context.ask("platform-summary", {}, { least: "-30d" }).catch(() => ({ rows: [] }));
    if (context.ended) return;
    const events = [...new Set([...told.rows.map((row) => row.event), ...USUAL, ...steps()])].sort();
    const focus = element.contains(document.activeElement) ? document.activeElement.id : "";
    const again = h("select", { id: "within", on: { change: ({ target }) => set({ within: target.value }) } }, DAYS.map(([value, name]) => h("option", { value, selected: value === within() }, name)));
    const add = steps().length < MOST ? h("button", { id: "add-step", on: { click: () => set({ steps: [...steps(), events[0]].join() }) } }, "Add a step") : null;
    const usual = route().query.has("steps") ? h("button", { class: "quiet", on: { click: () => set({ steps: "" }) } }, "Usual steps") : null;
    replace(
      body,
      h("ol", { class: "steps" }, steps().map((step, index) => line(step, index, events))),
      h("p", { class: "finder" }, add, usual),
      h("p", { class: "finder" }, h("label", { for: "within" }, "All within"), again),
    );
    if (focus) document.getElementById(focus)?.focus();
  }
}

function line(step, index, events) {
  const changed = (value) => steps().map((one, at) => (at === index ? value : one)).filter(Boolean);
  const choose = ({ target }) => set({ steps: changed(target.value).join() });
  const remove = steps().length > 2 ? h("button", { class: "quiet", "aria-label": `Remove step ${index + 1}`, on: { click: () => set({ steps: changed("").join() }) } }, "×") : null;
  const choices = events.map((event) => h("option", { value: event, selected: event === step }, words(event)));
  return h("li", {}, h("span", { "aria-hidden": "true" }, String(index + 1)), h("select", { id: `step-${index}`, "aria-label": `Step ${index + 1}`, on: { change: choose } }, choices), remove);
}

function set(changes) {
  go(here(changes), { quietly: true });
}

const result = () =>
  card({
    title: "How far people get",
    hint: "Each person once, the steps in order",
    query: "funnel",
    params: () => ({ steps: steps().join(), within: within() }),
    least: "-30d",
    size: "two-thirds",
    render: (rows) => funnel(rows.map((row) => ({ ...row, users: Number(row.users), share_of_first: Number(row.share_of_first) })), words),
  });

/** The cards of this part. */
export const funnels = () => [result(), chooser()];
