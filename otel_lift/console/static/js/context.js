// What a page knows while it is shown: the range and filters of the address, and how to ask with them.

import { ApiError, ask, catalogue } from "./api.js";
import { words } from "./format.js";
import { route } from "./router.js";
import { may, needed, refusal } from "./session.js";
import { secondsOf } from "./time.js";

export class Context {
  ended = false; // whether another page is shown by now
  #ends = [];

  /** @param {string} usual the range where the address names none */
  constructor(usual) {
    this.usual = usual;
  }

  /** The parts of the path behind the page's name. */
  get path() {
    return route().path.slice(1);
  }

  /** The filters that are set or empty. @returns {Record<string, string>} */
  get chosen() {
    return route().filters;
  }

  /** The range, or the page's usual one. @returns {{from: string, to: string}} */
  get range() {
    return route().range ?? { from: this.usual, to: "now" };
  }

  /** The range, made longer where it is shorter than a question makes sense for. */
  window(least = "") {
    const { from, to } = this.range;
    const short = least && secondsOf(from) !== null && secondsOf(from) < secondsOf(least);
    return { from: short ? least : from, to };
  }

  /**
   * Ask a query with the range and the filters that it has. Raises `ApiError`; code ``role`` where it need not be asked.
   * @returns {Promise<{rows: object[], meta: object}>} `meta.unfiltered` names filters that are set and do not apply
   */
  async ask(name, params = {}, { least, ...options } = {}) {
    if (!may(needed(name))) throw new ApiError(403, "role", refusal(needed(name)));
    const query = (await catalogue())[name];
    if (!query) throw new ApiError(404, "unknown", `This gateway has no query '${name}'; it may be of another version.`);
    const range = query.window ? this.window(least) : {};
    const set = Object.entries(route().filters).filter(([, value]) => value);
    const filters = Object.fromEntries(set.filter(([filter]) => query.filters?.includes(filter)));
    const unfiltered = set.map(([filter]) => filter).filter((filter) => !(filter in filters));
    const { rows, meta } = await ask(name, { ...range, ...filters, ...params }, options);
    return { rows, meta: { ...meta, unfiltered: unfiltered.map((one) => words(one).toLowerCase()).join(" and ") } };
  }

  /** Call when another page is shown. */
  onEnd(end) {
    this.#ends.push(end);
  }

  end() {
    this.ended = true;
    this.#ends.forEach((end) => end());
  }
}

