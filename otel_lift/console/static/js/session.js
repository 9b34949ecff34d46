// Who is signed in, and what their roles may see. The gateway decides; this only saves questions it would refuse.

import { keepToken, onSignedOut, token, whoAmI } from "./api.js";
import { h } from "./dom.js";

const RANK = { viewer: 1, analyst: 2, "on-call": 3, admin: 4 };
const NAMES = { viewer: "viewers", analyst: "analysts", "on-call": "people on call", admin: "administrators" };
// The catalogue lists only what somebody may ask; this says what the rest would need. A test holds it to the catalogue.
const NEEDS = {
  analyst: "pipeline-health quality-rollups resolutions",
  "on-call":
    "churn-risk error-feed indices-of-user lockouts rate-limited-addresses recent-sessions session-cascade " +
    "session-timeline struggling-users user-activity user-error-rate user-errors",
  "privacy-officer": "audit-log rights",
};
let me = null;

/** Ask who is signed in; answers null, and opens the sign-in, if nobody is. */
export async function signedIn() {
  me = await whoAmI();
  return me;
}

/** Who is signed in; null before that is known. */
export function who() {
  return me;
}

/** Whether somebody of these roles may see what a role may. */
export function may(role, roles = me?.roles ?? []) {
  if (roles.includes("admin") || roles.includes(role)) return true;
  // A privacy officer stands beside the ladder, with a viewer's rights on it.
  if (role === "viewer") return roles.length > 0;
  return role in RANK && roles.some((one) => RANK[one] >= RANK[role]);
}

/** The least role that may ask a query. */
export function needed(query) {
  return Object.keys(NEEDS).find((role) => NEEDS[role].split(" ").includes(query)) ?? "viewer";
}

/** Why something is not shown, in a sentence. */
export function refusal(role) {
  const whom = role === "privacy-officer" ? "privacy officers and administrators" : `${NAMES[role] ?? role}${role === "admin" ? "" : " and above"}`;
  return `Only ${whom} may see this. You are signed in as ${me?.roles.join(", ") || "nobody"}.`;
}

/** Take a token that a sign-in page sent along in the fragment (`#token=...`), and take it out of the address. */
export function receiveToken() {
  const found = /^#(?:access_)?token=([^&]+)/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", `${location.pathname}${location.search}#/now`);
  // A link from elsewhere must not change who is signed in.
  if (!token()) keepToken(decodeURIComponent(found[1]));
}

/** Show the sign-in whenever the API asks for it. */
export function watchSignIn() {
  onSignedOut((message) => showSignIn(message));
}

/** Forget the token and everything that is shown. */
export function signOut() {
  keepToken("");
  location.reload();
}

/** Show the form that takes a token. */
export function showSignIn(message = "") {
  if (document.querySelector("dialog.sign-in")) return;
  const refused = Boolean(token());
  const field = h("textarea", { id: "token", rows: 4, required: true, autocomplete: "off", spellcheck: "false", "aria-describedby": "token-hint" });
  const form = h(
    "form",
    { method: "dialog", on: { submit: enter } },
    h("h2", { id: "sign-in-title" }, refused ? "Your sign-in has ended" : "Sign in"),
    h("p", { class: "muted", id: "token-hint" }, "Paste a token (JWT) of the issuer that this gateway trusts. It stays in this tab and is forgotten when you close it."),
    refused && message ? h("p", { class: "note danger", role: "alert" }, message) : null,
    h("label", { for: "token" }, "Token"),
    field,
    h("button", { class: "primary" }, "Sign in"),
  );
  const dialog = h("dialog", { class: "sign-in", "aria-labelledby": "sign-in-title" }, form);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  function enter() {
    keepToken(field.value.trim());
    location.reload();
  }
}
