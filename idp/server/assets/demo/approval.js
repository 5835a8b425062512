/**
 * Answers to a request: what is disclosed, what is signed (profile, sections 1 and 4.3).
 *
 * The phone shows the provider only the disclosures that the granted scopes need. The rest cannot be released by anyone,
 * because it never leaves the phone.
 */

import { disclosuresFor } from "./catalogue.js";
import { base64url, concat, jsonPart, lengthPrefixed, sha256, utf8 } from "./encoding.js";
import { nowSeconds, pause, Unreachable } from "./http.js";

const APPROVAL_DOMAIN = "idt-approve-v2";
const RETRY_MILLISECONDS = 1000;

/** The SD-JWT cut down to the granted disclosures, and a key-binding JWT for this session (RFC 9901, section 4.3). */
async function presentation(device, sessionId, grantedScopes) {
  const [credential, ...disclosures] = device.credential.split("~").filter((part) => part !== "");
  const named = new Map(disclosures.map((disclosure) => [jsonPart(disclosure)[1], disclosure]));
  const needed = disclosuresFor(grantedScopes, new Set(named.keys()));
  const shown = [...named].filter(([name]) => needed.has(name)).map(([, disclosure]) => disclosure);
  const presented = `${[credential, ...shown].join("~")}~`;
  const header = { alg: "ES256", typ: "kb+jwt" };
  const payload = {
    iat: nowSeconds(),
    aud: device.issuer,
    nonce: sessionId,
    sd_hash: base64url(await sha256(utf8(presented))),
  };
  const signingInput = [header, payload].map((part) => base64url(utf8(JSON.stringify(part)))).join(".");
  return `${presented}${signingInput}.${await device.sign(utf8(signingInput))}`;
}

/** Sends the very same signed answer again while the network is away and the request still open. */
async function deliver(device, path, json, expiresAt) {
  for (;;) {
    try {
      return await device.request("POST", path, { json });
    } catch (error) {
      const again = error instanceof Unreachable && nowSeconds() * 1000 + RETRY_MILLISECONDS < Date.parse(expiresAt);
      if (!again) throw error;
      await pause(RETRY_MILLISECONDS);
    }
  }
}

/**
 * Approves, sharing `grantedScopes`.
 *
 * @param {import("./device.js").Device} device
 * @param {object} session as `GET /auth/pending` describes it
 * @param {{otp: string, grantedScopes: string[]}} decision
 */
export async function approve(device, session, { otp, grantedScopes }) {
  const timestamp = nowSeconds();
  const presented = await presentation(device, session.sessionId, grantedScopes);
  const fields = [
    device.issuer,
    session.sessionId,
    device.tokenId,
    session.serviceId,
    otp,
    String(timestamp),
    grantedScopes.join(","),
    await sha256(utf8(presented)),
  ];
  const signature = await device.sign(concat(utf8(APPROVAL_DOMAIN), ...fields.map(lengthPrefixed)));
  const { sessionId } = session;
  const { tokenId, deviceId } = device;
  const answer = { sessionId, tokenId, deviceId, otp, timestamp, grantedScopes, signature, presentation: presented };
  return deliver(device, "/auth/verify", answer, session.expiresAt);
}

/** @param {"declined" | "mismatch" | "not_me"} reason */
export async function reject(device, session, reason) {
  const { sessionId } = session;
  const { tokenId, deviceId } = device;
  const timestamp = nowSeconds();
  const signature = await device.sign(utf8([sessionId, "reject", timestamp, reason].join("|")));
  const answer = { sessionId, tokenId, deviceId, timestamp, reason, signature };
  return deliver(device, "/auth/reject", answer, session.expiresAt);
}
