// Starts the console: who is signed in, which page the address names, and what all pages share.

import { account, filterPicker, liveState, rangePicker, themeButton } from "./components/controls.js";
import { Context } from "./context.js";
import { announce, h, replace } from "./dom.js";
import { live } from "./live.js";
import { onRoute, route } from "./router.js";
import { receiveToken, signedIn, watchSignIn } from "./session.js";
import { keepTimes, secondsOf } from "./time.js";

/**
 * @typedef {object} Page
 * @property {string} title
 * @property {string} usual the range where none is chosen
 * @property {number} [every] seconds after which a relative range is asked again
 * @property {boolean} [shared] whether range and filters apply; default yes
 * @property {(context: Context) => {element: HTMLElement, load?: (context: Context) => any}[]} parts
 */

const PAGES = ["now", "patterns", "people", "sessions", "endpoints", "behaviour", "ai", "privacy", "pipeline"];
const BELONGS = { sessions: "people" }; // which entry of the navigation a page without one belongs to
const main = document.getElementById("main");
const bar = document.getElementById("bar");
let shown = { path: "", page: null, parts: [], context: null };
let timer = 0;

async function show() {
  const now = route();
  const path = now.path.join("/");
  if (path === shown.path && shown.page) return again();
  const name = PAGES.includes(now.path[0]) ? now.path[0] : "missing";
  const first = shown.path === "";
  shown.context?.end();
  shown = { path, page: null, parts: [], context: null };
  mark(BELONGS[name] ?? name);
  /** @type {Page} */
  const page = (await import(`./pages/${name}.js`)).default;
  if (shown.path !== path) return; // another page was asked for meanwhile
  const context = new Context(page.usual);
  const parts = page.parts(context);
  shown = { path, page, parts, context };
  const title = h("h1", { tabindex: -1 }, page.title);
  replace(main, h("div", { class: "title" }, title, page.lead ? h("p", {}, page.lead) : null), h("div", { class: "grid" }, parts.map(({ element }) => element)));
  document.title = `${page.title} · otel-lift`;
  scrollTo(0, 0);
  // A page that was gone to takes the focus, so that the keyboard goes on from there.
  if (!first) title.focus({ preventScroll: true });
  again();
}

/** Ask all parts again, with the range and filters of now. */
function again() {
  const { page, parts, context } = shown;
  replace(bar, page.shared === false ? [] : [rangePicker(page.usual), filterPicker()]);
  parts.forEach((part) => part.load?.(context));
  clearInterval(timer);
  if (page.every) timer = setInterval(() => refresh(context), page.every * 1000);
}

function refresh(context) {
  const relative = secondsOf(context.range.from) !== null;
  // Someone who is typing, or looks elsewhere, is not disturbed.
  if (document.hidden || !relative || main.contains(document.activeElement?.closest("form"))) return;
  shown.parts.forEach((part) => part.load?.(context, { fresh: true }));
}

function mark(name) {
  for (const one of document.querySelectorAll("#nav a")) {
    one.getAttribute("href") === `#/${name}` ? one.setAttribute("aria-current", "page") : one.removeAttribute("aria-current");
  }
  menu(false);
}

/** Keep range and filters when going from page to page by the navigation. */
function keepSettings(event) {
  const to = event.target.closest("a");
  if (!to || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const search = location.hash.split("?")[1];
  const kept = new URLSearchParams(search);
  for (const name of [...kept.keys()]) if (!["from", "to", "service", "environment", "user_type"].includes(name)) kept.delete(name);
  location.hash = `${to.getAttribute("href")}${kept.size ? `?${kept}` : ""}`;
}

function menu(open) {
  document.body.classList.toggle("menu", open);
  document.getElementById("menu").setAttribute("aria-expanded", String(open));
}

function controls() {
  const button = document.getElementById("menu");
  button.addEventListener("click", () => menu(!document.body.classList.contains("menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.body.classList.contains("menu")) return;
    menu(false);
    button.focus();
  });
  document.getElementById("nav").addEventListener("click", keepSettings);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  themeButton(document.getElementById("theme"));
  liveState(document.getElementById("live"));
}

async function start() {
  receiveToken();
  watchSignIn();
  controls();
  keepTimes();
  try {
    await signedIn();
  } catch (error) {
    if (error.status !== 401) unreachable(error);
    return;
  }
  account(document.getElementById("account"));
  live.start();
  onRoute(() => show().catch(unreachable));
  await show();
}

function unreachable(error) {
  announce(error.message);
  const retry = h("button", { class: "primary", on: { click: () => location.reload() } }, "Try again");
  replace(main, h("div", { class: "empty whole" }, h("h1", {}, "The console cannot start"), h("p", {}, error.message), retry));
}

start().catch(unreachable);
