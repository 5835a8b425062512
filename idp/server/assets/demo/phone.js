/**
 * A phone in a browser: enrols once, waits for requests, shows them, sends the person's decision. The key lives in
 * `device.js`, what is signed in `approval.js`, the consent screen in `consent.js`.
 */

import { approve, reject } from "./approval.js";
import { scopeLabel } from "./catalogue.js";
import { ConsentScreen } from "./consent.js";
import { Device } from "./device.js";
import { showHolder } from "./holder.js";
import { demoConfiguration, now, pause, Problem, Unreachable } from "./http.js";
import { readSeal } from "./seal.js";
import { byId, element, showLogo, showView } from "./view.js";

const WAIT_SECONDS = 25;
const FIRST_BACK_OFF_MILLISECONDS = 1000;
const LAST_BACK_OFF_MILLISECONDS = 15000;
/** One 401 may be a request that the browser itself sent twice, which is a replay to the server. */
const REFUSALS_UNTIL_UNKNOWN = 2;
/** Between two looks at a list in which everything has been answered already. */
const IDLE_MILLISECONDS = 1500;
/** Between two looks whether a request that is shown is still asked. */
const WATCH_MILLISECONDS = 1500;
const REJECTED = {
  declined: ["Declined", "Nothing was shared."],
  mismatch: ["Stopped", "The codes were different, so somebody else may have asked. Nothing was shared."],
  not_me: ["Reported", "Nothing was shared. This service cannot ask you again for ten minutes."],
};

const consent = new ConsentScreen();
let configuration;
let device;
let holder;
let open = null;
let sending = false;
let trusted = [];
let polling = new AbortController();
const answered = new Set();

const say = (text) => (byId("status").textContent = text);

/* Enrolment */

async function begin() {
  if (!window.isSecureContext) {
    trouble("A browser keeps keys only for secure pages. Open this page over https or on localhost.", false);
    return;
  }
  try {
    configuration = await demoConfiguration();
    ({ holder } = await readSeal(configuration.phone.sealText));
    // Two tabs opened at once must not enrol twice and replace each other's key.
    device = await navigator.locks.request("idtoken-seal-enrolment", async () => {
      return (await Device.stored(configuration)) ?? Device.enrol(configuration);
    });
    home();
  } catch (error) {
    trouble(error.message);
    return;
  }
  loadTrusted();
  poll();
}

async function enrolAgain() {
  byId("enrol-again").disabled = true;
  showView("starting");
  try {
    configuration = await demoConfiguration();
    ({ holder } = await readSeal(configuration.phone.sealText));
    device = await Device.enrol(configuration);
    home();
    loadTrusted();
    poll();
  } catch (error) {
    trouble(error.message);
  } finally {
    byId("enrol-again").disabled = false;
  }
}

function trouble(sentence, canEnrol = true) {
  polling.abort();
  consent.hide();
  open = null;
  byId("trouble-text").textContent = sentence;
  byId("enrol-again").hidden = !canEnrol;
  showView("trouble");
  say(sentence);
}

/* Waiting for requests */

function home() {
  showHolder(holder, device.expiresAt);
  showView("home");
  linkState(true);
  say("Enrolled. Waiting for requests.");
}

function linkState(connected) {
  byId("pulse").dataset.quiet = String(!connected);
  byId("link-state").textContent = connected ? "Waiting for requests" : "No connection. Trying again.";
}

/** Long polling, also while the page is hidden: a phone in a pocket listens too. */
async function poll() {
  polling.abort();
  polling = new AbortController();
  const { signal } = polling;
  let backOff = FIRST_BACK_OFF_MILLISECONDS;
  let refusals = 0;
  while (!signal.aborted) {
    try {
      const { sessions = [] } = await device.request("GET", `/auth/pending?wait=${WAIT_SECONDS}`, { signal });
      linkState(true);
      backOff = FIRST_BACK_OFF_MILLISECONDS;
      refusals = 0;
      const next = sessions.find(
        (session) => !answered.has(session.sessionId) && Date.parse(session.expiresAt) > now(),
      );
      if (next && open === null) {
        ask(next);
        return;
      }
      if (sessions.length > 0) await pause(IDLE_MILLISECONDS, signal);
    } catch (error) {
      if (signal.aborted) return;
      refusals = error instanceof Problem && error.status === 401 ? refusals + 1 : 0;
      if (refusals === REFUSALS_UNTIL_UNKNOWN) {
        trouble("The identity provider no longer knows this phone, or revoked it.");
        return;
      }
      linkState(false);
      await pause((error.retryAfter ?? 0) * 1000 || backOff);
      backOff = Math.min(backOff * 2, LAST_BACK_OFF_MILLISECONDS);
    }
  }
}

/* A request */

function ask(session) {
  polling.abort();
  open = session;
  consent.show(session, holder, {
    facePolicyVouched: configuration.facePolicyVouched,
    // While an answer is on its way, the server alone knows whether it came in time.
    onExpired: () => sending || expire(),
  });
  say(
    `${session.serviceName} asks who you are. ${session.mode === "compare" ? byId("code").getAttribute("aria-label") : ""}`,
  );
  watch(session);
}

/** A website can take its question back, when the person cancels there or begins anew: then there is nothing to answer here. */
async function watch(session) {
  const isShown = () => open === session && Date.parse(session.expiresAt) > now();
  await pause(WATCH_MILLISECONDS);
  while (isShown()) {
    const answer = await device.request("GET", "/auth/pending").catch(() => null);
    const isAsked = answer?.sessions?.some(({ sessionId }) => sessionId === session.sessionId) ?? true;
    // While an answer is on its way, the server alone knows what becomes of it.
    if (!isAsked && isShown() && !sending) return takenBack();
    await pause(WATCH_MILLISECONDS);
  }
}

function takenBack() {
  open = null;
  consent.hide();
  home();
  say("The website took its question back.");
  poll();
}

const expire = () => finish("bad", "Request expired", "Nobody answered in time. Start again on the website.");

async function sendApproval() {
  const session = open;
  const { code: otp, grantedScopes } = consent;
  if (otp === null) {
    consent.problem(session.mode === "choose" ? "Choose the code first." : "Type the six digits first.");
    return;
  }
  busy(true);
  try {
    await approve(device, session, { otp, grantedScopes });
    const text =
      grantedScopes.length > 0
        ? `Sent to ${session.serviceName}.`
        : `${session.serviceName} knows it is you, and nothing else.`;
    finish("good", "Approved", text, grantedScopes);
  } catch (error) {
    refused(error);
  }
}

async function sendRejection(reason) {
  const session = open;
  busy(true);
  try {
    await reject(device, session, reason);
    finish("neutral", ...REJECTED[reason]);
  } catch (error) {
    refused(error);
  }
}

function busy(state) {
  sending = state;
  consent.problem("");
  consent.busy(state);
}

/** A wrong code may be tried again while attempts are left; everything else ends the request on this phone. */
function refused(error) {
  const again = error instanceof Problem && error.attemptsLeft > 0;
  const late = Date.parse(open.expiresAt) <= now();
  if (late && error instanceof Unreachable) {
    expire();
  } else if (again || error instanceof Unreachable) {
    busy(false);
    const left = again ? ` Attempts left: ${error.attemptsLeft}.` : "";
    consent.problem(`${error.message}${left}`);
  } else {
    finish("bad", "Not sent", error.message);
  }
}

function finish(outcome, title, text, shared = []) {
  const session = open;
  answered.add(session.sessionId);
  open = null;
  sending = false;
  consent.hide();
  byId("result-mark").dataset.outcome = outcome;
  byId("result-title").textContent = title;
  byId("result-text").textContent = text;
  byId("result-shared").replaceChildren(...shared.map((scope) => element("li", {}, scopeLabel(scope))));
  byId("result-shared-part").hidden = shared.length === 0;
  const known = trusted.some(({ serviceId }) => serviceId === session.serviceId);
  byId("trust").hidden = outcome !== "good" || !session.serviceVerified || known;
  byId("trust").dataset.service = session.serviceId;
  showView("result");
  say(`${title}. ${text}`);
  poll();
}

/* A QR code, pasted in place of scanned */

/** `{issuer}/i/{sessionId}#{rendezvous}`; a link of another provider is refused before anything is sent. */
function readLink(text) {
  const prefix = `${configuration.issuer.replace(/\/$/, "")}/i/`;
  if (!text.startsWith(prefix)) return null;
  const match = /^([A-Za-z0-9_-]{1,128})#([A-Za-z0-9_-]{1,128})$/.exec(text.slice(prefix.length));
  return match ? { sessionId: match[1], rendezvous: match[2] } : null;
}

async function claimLink() {
  const link = readLink(byId("paste-qr").value.trim());
  claimProblem("");
  if (link === null) {
    claimProblem("This is not a link of this provider. It looks like https://…/i/sess_…#…");
    return;
  }
  const button = byId("claim-form").querySelector("button");
  button.disabled = true;
  try {
    const json = { ...link, tokenId: device.tokenId };
    const answer = await device.request("POST", "/identity/claim", { json });
    byId("paste-qr").value = "";
    if (open === null) ask(answer.session ?? answer);
  } catch (error) {
    claimProblem(error.message);
  } finally {
    button.disabled = false;
  }
}

function claimProblem(sentence) {
  byId("claim-problem").textContent = sentence;
  byId("claim-problem").hidden = sentence === "";
}

/* Trusted services */

async function loadTrusted() {
  try {
    ({ services: trusted = [] } = await device.request("GET", "/services/trusted"));
  } catch {
    return; // The list is a convenience; the next approval asks for it again.
  }
  byId("trusted").replaceChildren(...trusted.map(trustedRow));
  byId("trusted-none").hidden = trusted.length > 0;
}

function trustedRow({ serviceId, name, url, logo }) {
  const mark = element("span", { class: "service-logo service-logo-small" });
  showLogo(mark, name, logo);
  const attributes = { type: "button", class: "button button-quiet push", "aria-label": `Stop trusting ${name}` };
  const remove = element("button", attributes, "Remove");
  remove.addEventListener("click", () => setTrust("DELETE", serviceId));
  const text = element(
    "div",
    {},
    element("p", { class: "service-name" }, name),
    element("p", { class: "small soft" }, url ?? ""),
  );
  return element("li", { class: "service" }, mark, text, remove);
}

async function setTrust(method, serviceId) {
  const json = method === "PUT" ? {} : undefined;
  try {
    await device.request(method, `/services/${encodeURIComponent(serviceId)}/trust`, { json });
    say(method === "PUT" ? "Service trusted" : "Service removed");
  } catch (error) {
    say(error.message);
  }
  await loadTrusted();
}

byId("approve").addEventListener("click", sendApproval);
for (const button of document.querySelectorAll("[data-reject]")) {
  button.addEventListener("click", () => sendRejection(button.dataset.reject));
}
byId("code-input").addEventListener("keydown", (event) => event.key === "Enter" && sendApproval());
byId("trust").addEventListener("click", async () => {
  await setTrust("PUT", byId("trust").dataset.service);
  home();
});
byId("done").addEventListener("click", home);
byId("claim-form").addEventListener("submit", (event) => {
  event.preventDefault();
  claimLink();
});
byId("enrol-again").addEventListener("click", enrolAgain);
begin();
