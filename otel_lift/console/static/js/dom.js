// Elements without markup: text is always set as text, so nothing that telemetry says can become HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} [options] attributes; also `class`, `on` (listeners), `vars` (CSS variables), `data`
 * @param {...any} children nodes, texts or lists of them; null and false are left out
 * @returns {HTMLElement}
 */
export function h(tag, options = {}, ...children) {
  return fill(document.createElement(tag), options, children);
}

/** Make an element of SVG; as `h`. */
export function svg(tag, options = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), options, children);
}

/** Put children in the place of those that are there. */
export function replace(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

function fill(element, options, children) {
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "vars") for (const [key, set] of Object.entries(value)) element.style.setProperty(key, set);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

function nodes(children) {
  return children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false && one !== "");
}

/** An icon of the sprite; it says nothing to a screen reader. */
export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `icons.svg#${name}` }));
}

/** Text that only a screen reader says. */
export function spoken(text) {
  return h("span", { class: "spoken" }, text);
}

let announced = 0;

/** Say something to a screen reader, at its next pause. */
export function announce(text) {
  const place = document.getElementById("announcer");
  clearTimeout(announced);
  // The same text again is only said if it went away between.
  place.textContent = "";
  announced = setTimeout(() => (place.textContent = text), 100);
}
