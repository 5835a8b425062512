/**
 * Bytes and text: the few encodings that the wire contract uses. Everything else in the demo works on these.
 */

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** A big-endian u16 length followed by the bytes: what keeps two adjacent fields of a signed message apart. */
export function lengthPrefixed(value) {
  const bytes = typeof value === "string" ? utf8(value) : value;
  if (bytes.length > 0xffff) throw new RangeError("a signed field is longer than 65535 bytes");
  return concat(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

export const lowerhex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function base64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** RFC 4648 section 5, without padding. */
export const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export function base64urlDecode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SyntaxError("not base64url");
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** One part of a compact JWS, as JSON. */
export const jsonPart = (part) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(base64urlDecode(part)));

/** RFC 4648 section 6; the padding may be absent. */
export function base32Decode(text) {
  const symbols = text.trim().replace(/=+$/, "");
  const bytes = [];
  let buffer = 0;
  let bits = 0;
  for (const symbol of symbols) {
    const value = BASE32.indexOf(symbol);
    if (value < 0) throw new SyntaxError("not Base32");
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

/** An SPKI public key as PEM (RFC 7468), lines of 64 characters. */
export function pem(label, der) {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
