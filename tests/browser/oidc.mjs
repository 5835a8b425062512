/**
 * A relying party of OpenID Connect for the browser tests: a web server of its own on this machine that sends people to the
 * provider, and keeps what they bring back.
 */

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { BASE, hook } from "./demo.mjs";

/** The demo's public client: its loopback redirect URI holds with any port (RFC 8252 7.3). */
export const CLIENT = "bar-le-central";

const random = () => randomBytes(32).toString("base64url");

export class RelyingParty {
  #server = createServer((request, response) => this.#answer(request, response));
  #arrived = [];
  #waiting = [];

  static async open() {
    const party = new RelyingParty();
    party.#server.listen(0, "127.0.0.1");
    await once(party.#server, "listening");
    party.origin = `http://127.0.0.1:${party.#server.address().port}`;
    party.redirectUri = `${party.origin}/callback`;
    return party;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** An authorization request with PKCE; the secrets of it stay here. */
  request(parameters = {}) {
    const verifier = random();
    const sent = {
      client_id: CLIENT,
      response_type: "code",
      redirect_uri: this.redirectUri,
      scope: "openid identity:name identity:age_over_18",
      state: random(),
      nonce: random(),
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...parameters,
    };
    return { address: `${BASE}/oidc/authorize?${new URLSearchParams(sent)}`, verifier, sent };
  }

  /** A device asks for its codes, and for its tokens (RFC 8628). */
  async device(path, parameters) {
    const body = new URLSearchParams({ client_id: CLIENT, ...parameters });
    return (await fetch(`${BASE}${path}`, { method: "POST", body })).json();
  }

  /** What the browser brings to the callback, as soon as it does. */
  arrival() {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The code becomes tokens (RFC 6749 4.1.3). */
  async redeem({ verifier, sent }, code) {
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      client_id: CLIENT,
      redirect_uri: sent.redirect_uri,
      code_verifier: verifier,
      code,
    });
    return (await fetch(`${BASE}/oidc/token`, { method: "POST", body })).json();
  }

  /** The claims that were released. */
  async userinfo(tokens) {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    return (await fetch(`${BASE}/oidc/userinfo`, { headers })).json();
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.origin);
    if (url.pathname === "/callback") {
      // Applications go on to a page of theirs at once, on another host as likely as not.
      const elsewhere = this.origin.replace("127.0.0.1", "localhost");
      this.#keep(request.method === "POST" ? new URLSearchParams(await textOf(request)) : url.searchParams);
      response.writeHead(303, { location: `${elsewhere}/home` }).end();
    } else if (url.pathname === "/home") {
      const page = '<!doctype html><html lang="en"><title>Back at the bar</title><link rel="icon" href="data:,"><h1>Back</h1>';
      response.writeHead(200, { "content-type": "text/html" }).end(page);
    } else {
      response.writeHead(204).end();
    }
  }

  #keep(parameters) {
    const values = Object.fromEntries(parameters);
    const first = this.#waiting.shift();
    if (first) first(values);
    else this.#arrived.push(values);
  }
}

async function textOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

/** The person says who they are, and both screens show the code. */
export async function askPhone(page, phone) {
  await hook(page, "start").click();
  await hook(page, "otp").waitFor();
  await hook(phone, "consent").waitFor();
}
