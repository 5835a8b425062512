/**
 * An application of OpenID Connect, written as its specifications tell a browser application to do it: code flow, PKCE, state,
 * nonce, the issuer of the answer checked, the ID token verified, and only then believed.
 */

import { claimLabel, CLAIM_NAMES, claimText, scopeLabel } from "./catalogue.js";
import { base64url, sha256, utf8 } from "./encoding.js";
import { demoConfiguration, requestJson } from "./http.js";
import { TokenRefused, verifyToken } from "./token.js";
import { byId, element, portraitSource, showView } from "./view.js";

const PRESELECTED = ["identity:name", "identity:age_over_18"];
const REDIRECT_URI = `${location.origin}/demo/oidc`;
/** What has to outlive the way to the provider and back. Gone with the tab. */
const PENDING = "idtoken-seal-oidc-request";
const SIGNED_IN = "idtoken-seal-oidc-id-token";

const REFUSALS = {
  access_denied: "The request was declined. Nothing was shared.",
  login_required: "Nobody is signed in.",
};

let provider;
let clientId;

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function say(text) {
  byId("status").textContent = text;
}

/** RFC 7636: the code is worth nothing without the verifier, and the verifier never leaves this page. */
async function signIn() {
  const request = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(PENDING, JSON.stringify(request));
  const scopes = [...document.querySelectorAll("#scopes input:checked")].map((input) => input.value);
  const address = new URL(provider.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: ["openid", ...scopes].join(" "),
    state: request.state,
    nonce: request.nonce,
    code_challenge: base64url(await sha256(utf8(request.verifier))),
    code_challenge_method: "S256",
  });
  location.assign(address);
}

/** The browser came back. The answer must be to this page's own request, and from this provider (RFC 9207). */
async function receive(answer) {
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, "", "/demo/oidc");
  if (pending === null || answer.get("state") !== pending.state) throw new TokenRefused("This answer is not to a request of this page.");
  if (answer.get("iss") !== provider.issuer) throw new TokenRefused("Another provider sent this answer.");
  if (answer.has("error")) throw new TokenRefused(REFUSALS[answer.get("error")] ?? `The provider refused: ${answer.get("error")}.`);
  const tokens = await redeem(answer.get("code"), pending.verifier);
  const expected = { issuer: provider.issuer, audience: clientId, nonce: pending.nonce, type: "JWT" };
  const verified = await verifyToken(tokens.id_token, expected);
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const claims = await requestJson("GET", new URL(provider.userinfo_endpoint).pathname, { headers });
  // OIDC Core 5.3.2: claims of somebody else are nobody's.
  if (claims.sub !== verified.payload.sub) throw new TokenRefused("The claims are another person's.");
  sessionStorage.setItem(SIGNED_IN, tokens.id_token);
  show(verified, claims);
}

function redeem(code, verifier) {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
    code,
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return requestJson("POST", new URL(provider.token_endpoint).pathname, { body, headers });
}

function show({ header, payload, checks }, claims) {
  const name = claims.given_name ?? claims.name;
  byId("done-text").textContent = name ? `Welcome, ${name}.` : "Welcome.";
  byId("claims").replaceChildren(...claimRows(claims));
  byId("checks").replaceChildren(...checks.map((check) => element("li", {}, check)));
  byId("token-text").textContent = JSON.stringify({ header, payload }, null, 2);
  byId("leave").hidden = provider.end_session_endpoint === undefined;
  showView("done");
  say("You are signed in");
}

const fact = (label, attributes, ...value) =>
  element("div", {}, element("dt", {}, label), element("dd", attributes, ...value));

function claimRows(claims) {
  const parts = "name" in claims ? ["given_name", "family_name"] : [];
  const names = CLAIM_NAMES.filter((name) => name in claims && !parts.includes(name));
  if (names.length === 0) return [fact("Shared", {}, "Nothing but who you are to this site")];
  return names.map((name) => {
    const picture = () => element("img", { src: portraitSource(claims.picture), alt: "Photo of the person" });
    const value = name === "picture" ? picture() : claimText(name, claims[name]);
    return fact(claimLabel(name), { "data-testid": `claim-${name}` }, value);
  });
}

/** RP-Initiated Logout 1.0. */
function signOut() {
  const address = new URL(provider.end_session_endpoint);
  address.search = new URLSearchParams({
    id_token_hint: sessionStorage.getItem(SIGNED_IN) ?? "",
    client_id: clientId,
    post_logout_redirect_uri: REDIRECT_URI,
  });
  sessionStorage.removeItem(SIGNED_IN);
  location.assign(address);
}

function fail(error) {
  byId("failed-text").textContent = error.message;
  showView("failed");
  say(error.message);
}

function showForm() {
  showView("ask", { focus: false });
  say("");
}

function scopeChoice(scope) {
  const input = element("input", { type: "checkbox", value: scope, "data-testid": `scope-${scope}` });
  input.checked = PRESELECTED.includes(scope);
  return element("label", { class: "choice" }, input, scopeLabel(scope));
}

async function open() {
  try {
    const [configuration, metadata] = await Promise.all([
      demoConfiguration(),
      requestJson("GET", "/.well-known/openid-configuration"),
    ]);
    provider = metadata;
    clientId = configuration.serviceId;
    for (const node of document.querySelectorAll("[data-service]")) node.textContent = configuration.serviceName;
    byId("scopes").replaceChildren(...configuration.scopes.map(scopeChoice));
    const answer = new URLSearchParams(location.search);
    if (answer.has("code") || answer.has("error")) await receive(answer);
    else showForm();
  } catch (error) {
    fail(error);
  }
}

byId("start").addEventListener("click", signIn);
byId("again").addEventListener("click", showForm);
byId("leave").addEventListener("click", signOut);
byId("retry").addEventListener("click", () => (provider ? showForm() : location.reload()));
open();
