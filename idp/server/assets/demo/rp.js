/**
 * The relying party of the demo, written as the Quick Start tells a service to do it: initiate, show the code, listen,
 * verify the signed answer, and only then believe it.
 */

import { claimLabel, CLAIM_NAMES, claimText, expandScopes, scopeLabel } from "./catalogue.js";
import { SessionChannel } from "./channel.js";
import { base64, utf8 } from "./encoding.js";
import { demoConfiguration, pause, Problem, requestJson } from "./http.js";
import { TokenRefused, verifyToken } from "./token.js";
import { byId, Countdown, element, portraitSource, showCode, showView } from "./view.js";

const REJECTIONS = {
  "User rejected": "The request was declined on the phone. Nothing was shared.",
  "Invalid OTP": "The code confirmed on the phone was not the one shown here. Nothing was shared.",
  "Invalid signature": "The phone's signature could not be verified. Nothing was shared.",
  "Too many attempts": "Too many wrong answers from the phone. Nothing was shared.",
};
const CLOSINGS = {
  expired: "Nobody answered in time, so the code is no longer valid.",
  interrupted: "The answer got lost on the way. Nothing was shared; start again.",
  gone: "Nobody answered in time, so the code is no longer valid.",
  refused: "The provider refused the live connection.",
  replaced: "This request was continued in another window.",
};
/** The server says when a session is over; this much later the page stops waiting for it to say so. */
const GRACE_MILLISECONDS = 3000;
const PRESELECTED = ["identity:name", "identity:age_over_18"];

let configuration;
let current = null;
let lastStart = null;
/** Counts the waits for `Retry-After`, so that a newer one ends an older one. */
let held = 0;
const scanCountdown = new Countdown(byId("scan-ring"));
const compareCountdown = new Countdown(byId("compare-ring"));

/** The live region: what a screen reader hears, and what a test reads. */
function say(text) {
  byId("status").textContent = text;
}

function stopSession() {
  current?.channel?.close();
  current = null;
  scanCountdown.stop();
  compareCountdown.stop();
}

function requestedScopes() {
  return [...document.querySelectorAll("#scopes input:checked")].map((input) => input.value);
}

/** A login: the person typed who they are, their phone is asked. */
async function startLogin() {
  const request = {
    tokenId: byId("token-id").value.trim(),
    serviceId: configuration.serviceId,
    scopes: requestedScopes(),
  };
  await start(startLogin, "/auth/initiate", request, (session) => {
    showCompare(session.autoPassword, session.expiresAt);
  });
}

/** A verification: nobody has said who they are, the QR code finds the phone. */
async function startVerification() {
  const request = { serviceId: configuration.serviceId, scopes: requestedScopes(), purpose: "verify" };
  await start(startVerification, "/identity/initiate", request, (session) => {
    showQr(session);
    showView("scan");
    say("Waiting for the code to be scanned");
    scanCountdown.start(session.expiresAt, () => endLater("expired"));
  });
}

async function start(again, path, request, show) {
  stopSession();
  lastStart = again;
  const attempt = { request };
  current = attempt;
  busy(true);
  try {
    const session = await requestJson("POST", path, { body: JSON.stringify(request) });
    if (current !== attempt) return;
    attempt.session = session;
    show(session);
    attempt.channel = new SessionChannel(session, (message) => receive(attempt, message));
  } catch (error) {
    if (current === attempt) fail(error.message, error instanceof Problem ? error.retryAfter : undefined);
  } finally {
    busy(false);
  }
}

function busy(state) {
  for (const button of document.querySelectorAll("#ask button, #retry")) button.disabled = state;
}

function receive(attempt, message) {
  if (current !== attempt) return;
  switch (message.type) {
    case "otp_ready":
      showCompare(message.autoPassword, message.expiresAt);
      break;
    case "qr_refresh":
      showQr(message);
      break;
    case "approved":
      accept(attempt, message);
      break;
    case "rejected":
      fail(REJECTIONS[message.reason] ?? "The request was refused. Nothing was shared.");
      break;
    case "expired":
    case "interrupted":
      fail(CLOSINGS[message.type]);
      break;
    case "closed":
      fail(CLOSINGS[message.cause]);
      break;
  }
}

function showQr({ qr, qrSvg }) {
  byId("qr").src = `data:image/svg+xml;base64,${base64(utf8(qrSvg))}`;
  byId("qr-link").value = qr;
}

/** The first `otp_ready` repeats what initiate answered: drawing it twice would move the focus and restart the clock. */
function showCompare(code, expiresAt) {
  const shown = !byId("compare").hidden && byId("code").dataset.code === code;
  if (shown) return;
  const first = byId("compare").hidden;
  scanCountdown.stop();
  // A masked code ("4829**") must not replace the full one that initiate gave.
  showCode(byId("code"), code.includes("*") ? (current?.session?.autoPassword ?? code) : code);
  if (!first) return;
  showView("compare");
  say(`Waiting for your phone. ${byId("code").getAttribute("aria-label")}`);
  compareCountdown.start(expiresAt, () => endLater("expired"));
}

async function endLater(cause) {
  const attempt = current;
  await pause(GRACE_MILLISECONDS);
  if (current === attempt && attempt !== null) fail(CLOSINGS[cause]);
}

async function accept(attempt, message) {
  byId("waiting-text").textContent = "Verifying the answer";
  say("Verifying the answer");
  compareCountdown.stop();
  try {
    const nonce = attempt.session.random;
    if (message.random !== nonce) throw new TokenRefused("The answer was refused: it answers another request.");
    const expected = { issuer: configuration.issuer, audience: configuration.audience, nonce };
    const verified = await verifyToken(message.jwt, expected);
    if (current === attempt) showVerified(attempt, verified);
  } catch (error) {
    if (current === attempt) fail(error.message);
  } finally {
    byId("waiting-text").textContent = "Waiting for your phone";
  }
}

function showVerified(attempt, { header, payload, checks }) {
  stopSession();
  const withoutLogin = attempt.request.purpose === "verify";
  const name = payload.given_name ?? payload.name;
  const greeting = name ? `Welcome, ${name}.` : "Welcome.";
  byId("verified-text").textContent = withoutLogin ? "No account was created, and nothing is kept." : greeting;
  byId("claims").replaceChildren(...claimRows(payload));
  const granted = (payload.scope ?? "").split(" ");
  const missing = expandScopes(attempt.request.scopes).filter((scope) => !granted.includes(scope));
  byId("withheld").replaceChildren(...missing.map((scope) => element("li", {}, scopeLabel(scope))));
  byId("withheld-part").hidden = missing.length === 0;
  byId("checks").replaceChildren(...checks.map((check) => element("li", {}, check)));
  byId("assurance").replaceChildren(...assuranceRows(payload));
  byId("token-text").textContent = JSON.stringify({ header, payload }, null, 2);
  showView("verified");
  say("Identity verified");
}

const fact = (label, attributes, ...value) =>
  element("div", {}, element("dt", {}, label), element("dd", attributes, ...value));

/** "Name: Jean Dupont" says both parts, so that they do not get lines of their own. */
function claimRows(payload) {
  const parts = "name" in payload ? ["given_name", "family_name"] : [];
  const names = CLAIM_NAMES.filter((name) => name in payload && !parts.includes(name));
  if (names.length === 0) return [fact("Shared", {}, "Nothing but the answer itself")];
  return names.map((name) => {
    const value =
      name === "picture"
        ? element("img", { src: portraitSource(payload.picture), alt: "Photo of the person" })
        : claimText(name, payload[name]);
    return fact(claimLabel(name), { "data-testid": `claim-${name}` }, value);
  });
}

function assuranceRows(payload) {
  const rows = [
    ["Subject", payload.sub],
    ["Context (acr)", payload.acr],
    ["Authenticator level (aal)", payload.aal],
    ["Methods (amr)", [payload.amr ?? []].flat().join(", ")],
    ["Trust level", payload.trust_level === undefined ? "not shared" : claimText("trust_level", payload.trust_level)],
    ["Valid until", new Date(payload.exp * 1000).toLocaleTimeString("en-GB")],
  ];
  return rows
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([label, value]) => fact(label, {}, String(value)));
}

function fail(sentence, retryAfter) {
  stopSession();
  byId("failed-text").textContent = sentence;
  showView("failed");
  say(sentence);
  if (retryAfter !== undefined) holdRetry(retryAfter);
}

/** 429 with Retry-After: the button counts down and opens when the server would listen again. */
async function holdRetry(seconds) {
  const button = byId("retry");
  const mine = (held += 1);
  for (let left = seconds; left > 0; left -= 1) {
    await pause(left === seconds ? 0 : 1000);
    if (held !== mine) return;
    button.disabled = true;
    button.textContent = `Try again in ${left} s`;
  }
  await pause(1000);
  if (held !== mine) return;
  button.textContent = "Try again";
  button.disabled = false;
}

function showForm() {
  stopSession();
  say("");
  showView("ask");
}

async function copyLink() {
  const field = byId("qr-link");
  try {
    await navigator.clipboard.writeText(field.value);
    byId("qr-copy").textContent = "Copied";
    say("Link copied");
  } catch {
    field.select();
    say("Copying is not allowed here. The link is selected.");
  }
  await pause(2000);
  byId("qr-copy").textContent = "Copy link";
}

function scopeChoice(scope) {
  const input = element("input", { type: "checkbox", value: scope, "data-testid": `scope-${scope}` });
  input.checked = PRESELECTED.includes(scope);
  return element("label", { class: "choice" }, input, scopeLabel(scope));
}

async function open() {
  try {
    configuration = await demoConfiguration();
  } catch (error) {
    lastStart = null;
    fail(error.message);
    return;
  }
  for (const node of document.querySelectorAll("[data-service]")) node.textContent = configuration.serviceName;
  document.title = `Sign in | ${configuration.serviceName}`;
  byId("token-id").value = configuration.tokenId;
  byId("scopes").replaceChildren(...configuration.scopes.map(scopeChoice));
  showView("ask", { focus: false });
}

byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  startLogin();
});
byId("qr-start").addEventListener("click", startVerification);
byId("qr-copy").addEventListener("click", copyLink);
byId("retry").addEventListener("click", () => (lastStart ? lastStart() : location.reload()));
for (const button of document.querySelectorAll("[data-cancel], [data-again]"))
  button.addEventListener("click", showForm);
open();
