/**
 * Verifies the signed answer in the browser, as a relying party must before it believes a claim: signature under a key of
 * the published set (RFC 7515, RFC 7517), then every registered claim that binds the token to this request (RFC 7519).
 */

import { base64urlDecode, jsonPart, utf8 } from "./encoding.js";
import { nowSeconds, requestJson } from "./http.js";

const LEEWAY_SECONDS = 5;
const MAXIMUM_LENGTH = 65536;

export class TokenRefused extends Error {}

/**
 * @param {string} jwt
 * @param {{issuer: string, audience: string, nonce: string, type?: string}} expected `type` is the token's `typ`
 * @returns {Promise<{header: object, payload: object, checks: string[]}>} `checks` says in words what was verified
 * @throws {TokenRefused}
 */
export async function verifyToken(jwt, expected) {
  const { header, payload, signature, signed } = decode(jwt);
  require(header.alg === "ES256", "it is not signed with ES256");
  require(header.typ === (expected.type ?? "idtoken+jwt"), "it is another kind of token");
  require(header.crit === undefined, "it demands an extension that is not known here");
  const key = await publishedKey(header.kid);
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  require(await crypto.subtle.verify(algorithm, key, signature, signed), "its signature is wrong");
  checkClaims(payload, expected);
  const checks = [
    `Signed with ES256 by key ${header.kid}`,
    `Issued by ${payload.iss}`,
    `Meant for ${expected.audience}`,
    "Answers this request and no other (nonce)",
    "Valid now",
  ];
  return { header, payload, checks };
}

function require(condition, reason) {
  if (!condition) throw new TokenRefused(`The answer was refused: ${reason}.`);
}

function decode(jwt) {
  require(typeof jwt === "string" && jwt.length <= MAXIMUM_LENGTH, "it is not a token");
  const parts = jwt.split(".");
  require(parts.length === 3, "it is not a token");
  try {
    const [header, payload] = parts.slice(0, 2).map(jsonPart);
    return { header, payload, signature: base64urlDecode(parts[2]), signed: utf8(`${parts[0]}.${parts[1]}`) };
  } catch {
    throw new TokenRefused("The answer was refused: it cannot be read.");
  }
}

async function publishedKey(kid) {
  const { keys = [] } = await requestJson("GET", "/.well-known/jwks.json");
  const jwk = keys.find((key) => key.kid === kid && key.kty === "EC" && key.crv === "P-256");
  require(kid && jwk && (jwk.use ?? "sig") === "sig" && (jwk.alg ?? "ES256") === "ES256", "its key is not published");
  const { kty, crv, x, y } = jwk;
  return crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
}

function checkClaims(payload, { issuer, audience, nonce }) {
  const time = nowSeconds();
  const audiences = [payload.aud].flat();
  require(payload.iss === issuer, "another provider issued it");
  require(audiences.includes(audience), "it is meant for another service");
  require(Number.isFinite(payload.exp) && payload.exp > time - LEEWAY_SECONDS, "it has expired");
  require(!(payload.nbf > time + LEEWAY_SECONDS), "it is not valid yet");
  require(payload.nonce === nonce, "it answers another request");
}
