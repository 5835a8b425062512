/**
 * The provider's side of the tests: clients registered with `idp client add`, a browser at the login page, and the phone.
 *
 * A demo runs at PEER_URL; PEER_COMMAND is the command `idp`, PEER_CONFIG a configuration of the demo's data, PEER_PHONE the
 * folder of its phone and PEER_TOKEN_ID the tokenId on it.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const { PEER_COMMAND, PEER_CONFIG, PEER_PHONE, PEER_TOKEN_ID, PEER_URL } = process.env;
if (!PEER_COMMAND || !PEER_CONFIG || !PEER_PHONE || !PEER_TOKEN_ID || !PEER_URL) {
  throw new Error("PEER_COMMAND, PEER_CONFIG, PEER_PHONE, PEER_TOKEN_ID and PEER_URL say which provider this is");
}

export const BASE = PEER_URL;
export const TOKEN_ID = PEER_TOKEN_ID;

const run = promisify(execFile);

async function idp(...parameters) {
  const { stdout } = await run(PEER_COMMAND, [...parameters, "--json"], { timeout: 30_000 });
  return JSON.parse(stdout);
}

/** Registers a client at the server's own machine; `members` are those of RFC 7591. */
export async function register(clientId, members, ...options) {
  const directory = await mkdtemp(join(tmpdir(), "idp-client-"));
  try {
    const file = join(directory, "members.json");
    await writeFile(file, JSON.stringify(members));
    const place = ["--config", PEER_CONFIG, "--operator", "ann"];
    return await idp("client", "add", clientId, "--file", file, ...options, ...place);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The person compares or types the code that a screen shows, and approves. */
export function approve({ sessionId, code }) {
  const which = sessionId ? ["--session", sessionId] : ["--once"];
  return idp("phone", "approve", ...which, ...(code ? ["--code", code] : ["--yes"]), "--store", PEER_PHONE);
}

/** A browser that keeps its cookies. */
export class Browser {
  #cookies = new Map();

  async send(address, options = {}, site = "same-origin") {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...options.headers, ...(cookie && { cookie }), "sec-fetch-site": site };
    const answer = await fetch(new URL(address, BASE), { ...options, headers, redirect: "manual" });
    for (const field of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(field);
      if (/Max-Age=0/.test(field)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Where an address of the provider leads at once. */
  async open(address) {
    const answer = await this.send(address, {}, "cross-site");
    assert.equal(answer.status, 303, await answer.text());
    return new URL(answer.headers.get("location"), BASE);
  }

  /** A whole login; answers where the browser is sent to with the response. */
  async login(address) {
    const done = await this.#approve(await this.open(address));
    assert.equal(done.status, 303, await done.text());
    return new URL(done.headers.get("location"));
  }

  /** Types the code that a device shows into the form at its address (RFC 8628 3.3), and approves. */
  async connect(address) {
    const form = await this.send(address, {}, "none");
    const [, userCode] = /name="user_code" value="([^"]+)"/.exec(await form.text());
    const body = new URLSearchParams({ user_code: userCode });
    const typed = await this.send("/oidc/device", { method: "POST", body });
    assert.equal(typed.status, 303, await typed.text());
    const done = await this.#approve(new URL(typed.headers.get("location"), BASE));
    assert.equal(done.status, 200, await done.text());
  }

  /** The login page to its end. */
  async #approve(page) {
    assert.match(page.pathname, /^\/oidc\/login\/int_/, page.href);
    const started = await this.send(`${page.pathname}/start`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ tokenId: TOKEN_ID, remember: false }),
    });
    assert.equal(started.status, 200);
    await approve(await started.json());
    return this.send(`${page.pathname}/continue`, { method: "POST" });
  }
}
