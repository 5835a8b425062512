/**
 * The login page: who are you, here is a code, your phone answered. The server decides everything; this shows it.
 */

import { ask, now, pause, Refused, Unreachable } from "./api.js";
import { Live } from "./live.js";
import { announce, byId, Countdown, say, showCode, showView } from "./view.js";

const { path, expiresAt: wholeEnd } = byId("login").dataset;
/** The server says when an attempt is over; this much later the page stops waiting for it to say so. */
const GRACE_MILLISECONDS = 3000;
const LONGEST_TIMER_MILLISECONDS = 0x7fffffff;

/** The attempt under way, and how to begin another one like it. */
let current = null;
let again = null;
/** Counts the waits for `Retry-After`, so that a newer one ends an older one. */
let held = 0;
const codeCountdown = new Countdown(byId("compare-ring"));
const scanCountdown = new Countdown(byId("scan-ring"));

function stop() {
  current?.live?.close();
  current = null;
  codeCountdown.stop();
  scanCountdown.stop();
}

/** The person typed who they are: their phone is asked. */
async function startWithTokenId() {
  const tokenId = byId("token-id").value.trim();
  showTokenIdError("");
  if (tokenId === "") return showTokenIdError(say("TokenId"));
  await start(startWithTokenId, "start", { tokenId, remember: byId("remember").checked }, (session) => {
    byId("push-late").hidden = !session.pushLate;
    showCompare(session.code, session.expiresAt);
  });
}

/** Nobody has said who they are: the QR code finds the phone. */
async function startWithQr() {
  await start(startWithQr, "qr", {}, (session) => {
    showQr(session);
    showView("scan");
    announce(say("Scan"));
    scanCountdown.start(session.expiresAt, endSoon);
  });
}

async function start(action, endpoint, body, show) {
  stop();
  again = action;
  const attempt = {};
  current = attempt;
  busy(true);
  try {
    const session = await ask("POST", `${path}/${endpoint}`, body);
    if (current !== attempt) return;
    attempt.code = session.code;
    show(session);
    follow(attempt, session);
  } catch (error) {
    if (current === attempt) fail(error);
  } finally {
    busy(false);
  }
}

function follow(attempt, session) {
  attempt.live = new Live(session, `${path}/status`, (news) => {
    if (current === attempt) receive(news);
  });
}

function receive(news) {
  switch (news.type) {
    case "code":
      showCompare(news.code, news.expiresAt);
      break;
    case "qr":
      showQr(news);
      break;
    case "approved":
      finish();
      break;
    case "ended":
      end(news.cause);
      break;
  }
}

/** The SVG becomes a picture, never a part of this document. */
function showQr({ qr, qrSvg }) {
  byId("qr").src = `data:image/svg+xml,${encodeURIComponent(qrSvg)}`;
  byId("qr-link").value = qr;
  if (URL.canParse(qr) && /^https?:$/.test(new URL(qr).protocol)) byId("qr-open").href = qr;
}

/** What is shown already stays as it is: drawing it twice would move the focus and start the clock again. */
function showCompare(code, expiresAt) {
  // A masked code ("4829**") never replaces the whole one.
  const known = code.includes("*") ? (current.code ?? code) : code;
  current.code = known;
  const isFirst = byId("compare").hidden;
  if (!isFirst && byId("code").dataset.code === known) return;
  const spoken = showCode(byId("code"), known);
  scanCountdown.stop();
  if (!isFirst) return;
  showView("compare");
  announce(`${say("Waiting")}. ${spoken}`);
  codeCountdown.start(expiresAt, endSoon);
}

/** By this page's clock the time is over; the server's word counts, if it still comes. */
async function endSoon() {
  const attempt = current;
  attempt?.live?.check();
  await pause(GRACE_MILLISECONDS);
  if (current === attempt && attempt !== null) end("expired");
}

/** Approved: a form of this page goes to the provider, which sends the browser back to the client. */
function finish() {
  stop();
  showView("approved");
  byId("cancel-form").hidden = true;
  announce(`${say("Approved")}. ${byId("approved-text").textContent}`);
  byId("continue-form").requestSubmit();
}

function fail(error) {
  if (error instanceof Unreachable) return end("unreachable");
  if (!(error instanceof Refused)) throw error;
  if (error.code === "invalid_request") return refuseTokenId();
  if (error.status === 429) return end("limited", error.retryAfter);
  if ([403, 404, 409, 410].includes(error.status)) return end("over");
  end("failed", error.retryAfter);
}

function refuseTokenId() {
  showForm();
  showTokenIdError(say("TokenId"));
}

function showTokenIdError(text) {
  const field = byId("token-id");
  const error = byId("token-error");
  error.textContent = text;
  error.hidden = text === "";
  field.toggleAttribute("aria-invalid", false);
  if (text === "") return;
  field.setAttribute("aria-invalid", "true");
  field.focus();
  announce(text);
}

/** @param {string} cause one of the page's `data-cause` */
function end(cause, retryAfter) {
  stop();
  for (const part of document.querySelectorAll("[data-cause]")) part.hidden = part.dataset.cause !== cause;
  const shown = document.querySelector(`[data-cause="${cause}"]`);
  const isOver = cause === "over" || now() >= Date.parse(wholeEnd);
  byId("again").hidden = isOver;
  byId("cancel-form").hidden = cause === "over";
  showView("ended");
  announce([...shown.children].map((part) => part.textContent).join(". "));
  holdRetry(retryAfter ?? 0);
}

/** 429 with Retry-After: the button counts down and opens when the server would listen again. */
async function holdRetry(seconds) {
  const button = byId("retry");
  const label = (button.dataset.label ??= button.textContent);
  const mine = (held += 1);
  for (let left = seconds; left > 0; left -= 1) {
    button.disabled = true;
    button.textContent = say("Wait", { seconds: left });
    await pause(1000);
    if (held !== mine) return;
  }
  button.textContent = label;
  button.disabled = false;
}

function busy(state) {
  for (const button of document.querySelectorAll("#ask button, #retry, [data-qr]")) button.disabled = state;
  byId("login").setAttribute("aria-busy", String(state));
}

function showForm() {
  stop();
  announce("");
  showView("ask");
}

async function copyLink() {
  const field = byId("qr-link");
  try {
    await navigator.clipboard.writeText(field.value);
    announce(say("Copied"));
    byId("qr-copy").classList.add("done");
  } catch {
    field.select();
    announce(say("NotCopied"));
  }
  await pause(2000);
  byId("qr-copy").classList.remove("done");
}

/** After a reload the attempt goes on: the server knows of it. */
async function resume() {
  const status = await ask("GET", `${path}/status`);
  if (current !== null) return;
  if (status.state === "approved") return finish();
  if (status.state !== "waiting" || !status.code) return;
  again = byId("token-id").value.trim() === "" ? startWithQr : startWithTokenId;
  current = {};
  showCompare(status.code, status.expiresAt);
  follow(current, {});
}

async function open() {
  const left = Date.parse(wholeEnd) - now();
  if (left < LONGEST_TIMER_MILLISECONDS) setTimeout(() => end("over"), Math.max(left, 0));
  if (byId("token-id").value === "") byId("token-id").focus({ preventScroll: true });
  try {
    await resume();
  } catch (error) {
    if (error instanceof Refused && [404, 410].includes(error.status)) end("over");
  }
}

byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  startWithTokenId();
});
for (const button of document.querySelectorAll("[data-qr]")) button.addEventListener("click", startWithQr);
for (const button of document.querySelectorAll("[data-token-id]")) button.addEventListener("click", showForm);
byId("retry").addEventListener("click", () => (again ?? showForm)());
byId("qr-copy").addEventListener("click", copyLink);
byId("cancel-form").addEventListener("submit", stop);
addEventListener("pageshow", (event) => event.persisted && location.reload());
open();
