// The query API: named queries, who is asking, and a stream of what happens now.

const BASE = new URL("api/v1/", document.baseURI);
const KEY = "otel-lift-token";
const FRESH = 5_000; // ms for which the same question is not asked again, as two cards of a page may need one answer
const recent = new Map();
const listeners = new Set();

/** What went wrong, in words to show; `code` and `status` are the API's (status 0: nothing answered). */
export class ApiError extends Error {
  constructor(status, code, message, after = 0) {
    super(message);
    Object.assign(this, { status, code, after });
  }
}

/** The token of the sign-in, kept as long as this tab is open and nowhere else; empty if there is none. */
export function token() {
  return sessionStorage.getItem(KEY) ?? "";
}

/** Keep a token, or forget it if it is empty. */
export function keepToken(value) {
  recent.clear();
  value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY);
}

/** Call when the API says that nobody, or nobody it knows, is signed in. */
export function onSignedOut(listener) {
  listeners.add(listener);
}

/** Open a path of the API with the token. @returns {Promise<Response>} raises `ApiError` */
export async function open(path, { method = "GET", params = {}, body, headers = {}, signal } = {}) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(params)) {
    if (value !== "" && value !== null && value !== undefined) [value].flat().forEach((one) => url.searchParams.append(name, one));
  }
  const sent = { ...headers };
  if (token()) sent.Authorization = `Bearer ${token()}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, { method, headers: sent, body: body && JSON.stringify(body), signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The gateway does not answer. It may be starting again; try again in a moment.");
  }
  if (!answer.ok) throw await failure(answer);
  return answer;
}

async function failure(answer) {
  const told = (await answer.json().catch(() => ({})))?.error ?? {};
  if (answer.status === 401) for (const listener of listeners) listener(told.message);
  const after = Number(answer.headers.get("Retry-After")) || 0;
  return new ApiError(answer.status, told.code ?? "", told.message ?? `The gateway answered ${answer.status}.`, after);
}

/** Get JSON. */
export async function get(path, options = {}) {
  return (await open(path, options)).json();
}

/**
 * Ask a named query.
 * @param {string} name
 * @param {Record<string, any>} [params] `from`, `to` and the query's own parameters
 * @param {{reason?: string, fresh?: boolean}} [options] `reason`: why rows of few people must be seen (it is recorded)
 * @returns {Promise<{rows: Record<string, any>[], meta: Record<string, any>}>}
 */
export function ask(name, params = {}, { reason = "", fresh = false } = {}) {
  const key = JSON.stringify([name, params, reason]);
  const known = recent.get(key);
  if (known && !fresh && Date.now() - known.at < FRESH) return known.answer;
  const headers = reason ? { "X-Break-Glass": reason } : {};
  const answer = get(`queries/${encodeURIComponent(name)}`, { params, headers }).then((told) => ({
    rows: told.data ?? [],
    meta: told.metadata ?? {},
  }));
  for (const [old, { at }] of recent) if (Date.now() - at >= FRESH) recent.delete(old);
  recent.set(key, { at: Date.now(), answer });
  answer.catch(() => recent.delete(key));
  return answer;
}

let known = null;

/** The named queries by name, with `role`, `window`, `filters`, `parameters` and `columns`; asked once. */
export function catalogue() {
  known ??= get("queries").then(({ data }) => Object.fromEntries(data.map((query) => [query.name, query])));
  known.catch(() => (known = null));
  return known;
}

/** Who is signed in: user, roles, tenant, and whether the gateway is open. */
export async function whoAmI() {
  const told = await get("me");
  return { user: "", roles: [], tenant: "", open: false, ...(told.data ?? told) };
}

/** Say that an error, or all of a pattern, is resolved; `id` is an event's id or a fingerprint. */
export async function resolve(id, resolution) {
  await open(`errors/${encodeURIComponent(id)}/resolve`, { method: "POST", body: { resolution } });
  recent.clear();
}
