// Server-sent events, read by fetch so that the token goes along; it comes back by itself and says how it is.

import { open } from "./api.js";

const LONGEST = 30_000; // ms between two tries

/** @typedef {"connecting" | "live" | "waiting" | "off"} State */

/** One stream for all pages, open while somebody looks at the page. */
class Live {
  #listeners = new Map();
  #abort = null;
  #tries = 0;
  #last = "";
  #timer = 0;
  /** @type {State} */ state = "off";
  wait = 0; // seconds until the next try

  /** Start, and pause while the page is hidden. */
  start() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.#connect()));
    window.addEventListener("online", () => this.#connect());
    if (!document.hidden) this.#connect();
  }

  /** Stop until the page is seen again. */
  stop() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    this.#tell("off");
  }

  /** Call with the data of each event of a kind (`metrics`, `error`) or with each new `state`; answers how to stop. */
  on(kind, listener) {
    const all = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, all.add(listener));
    return () => all.delete(listener);
  }

  async #connect() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const mine = (this.#abort = new AbortController());
    this.#tell("connecting");
    try {
      const headers = { Accept: "text/event-stream", ...(this.#last && { "Last-Event-ID": this.#last }) };
      const answer = await open("realtime/stream", { headers, signal: mine.signal });
      await this.#read(answer.body.getReader());
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error.status === 401 || error.status === 403) return this.#tell("off");
    }
    if (!mine.signal.aborted) this.#again();
  }

  async #read(reader) {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#tries = 0;
      this.#tell("live");
      text += decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n");
      const blocks = text.split("\n\n");
      text = blocks.pop();
      blocks.forEach((block) => this.#event(block));
    }
  }

  #event(block) {
    const fields = { event: "message", data: [] };
    for (const line of block.split("\n")) {
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (name === "data") fields.data.push(value);
      else if (name === "event" || name === "id") fields[name] = value;
    }
    if (fields.id !== undefined) this.#last = fields.id;
    if (!fields.data.length) return;
    let data;
    try {
      data = JSON.parse(fields.data.join("\n"));
    } catch {
      return; // a broken event is lost; the next refresh of the page has what it told
    }
    for (const listener of this.#listeners.get(fields.event) ?? []) listener(data);
  }

  #again() {
    // Browsers of a whole office must not come back in the same moment.
    const wait = Math.min(1000 * 2 ** this.#tries++, LONGEST) * (0.5 + Math.random() / 2);
    this.wait = Math.ceil(wait / 1000);
    this.#tell("waiting");
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #tell(state) {
    if (state === this.state && state !== "waiting") return;
    this.state = state;
    for (const listener of this.#listeners.get("state") ?? []) listener(state);
  }
}

export const live = new Live();
