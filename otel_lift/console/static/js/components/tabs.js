// Parts of a page, each with an address of its own.

import { h } from "../dom.js";
import { link } from "../router.js";

/** @param {[string, string][]} all the path behind the page's, and the name, of each */
export function tabs(page, all, current) {
  const one = ([path, name]) => h("a", { href: path ? link(page, path) : link(page), "aria-current": path === current ? "page" : null }, name);
  return { element: h("nav", { class: "tabs", "aria-label": "Parts of this page" }, all.map(one)) };
}
