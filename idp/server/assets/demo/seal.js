/**
 * Reads a visible digital seal (profile, section 3): a header of 17 bytes, a positional MessagePack payload, a signature.
 * The phone needs the fingerprint for its enrolment and the fields for the card; the server verifies the signature.
 */

import { base32Decode, concat, sha256 } from "./encoding.js";

const HEADER_LENGTH = 17;
const SIGNATURE_LENGTH = 64;
const MAXIMUM_LENGTH = 8192;
const FIELDS = ["givenName", "familyName", "birthDate", "nationality", "documentNumber", "tokenId", "expiry", "photo"];

/**
 * @param {string} text the seal in Base32
 * @returns {Promise<{fingerprint: Uint8Array, holder: Record<string, string | Uint8Array | null>}>}
 */
export async function readSeal(text) {
  const bytes = base32Decode(text);
  const known = bytes.length <= MAXIMUM_LENGTH && bytes[0] === 0xde && bytes[1] === 0x02;
  if (!known) throw new SyntaxError("not a seal of a known version");
  const payloadEnd = HEADER_LENGTH + ((bytes[15] << 8) | bytes[16]);
  if (bytes.length < payloadEnd + SIGNATURE_LENGTH) throw new SyntaxError("the seal is cut short");
  const header = bytes.subarray(0, HEADER_LENGTH);
  const payload = bytes.subarray(HEADER_LENGTH, payloadEnd);
  const fingerprint = await sha256(concat(header, await sha256(payload)));
  return { fingerprint, holder: readHolder(payload) };
}

function readHolder(payload) {
  const reader = new ValueReader(payload);
  return Object.fromEntries(FIELDS.map((name) => [name, reader.next()]));
}

/** The three kinds of MessagePack value that an identity manifest uses: text, bytes, nothing. */
class ValueReader {
  #bytes;
  #offset = 0;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  next() {
    if (this.#offset >= this.#bytes.length) return null;
    const marker = this.#number(1);
    if (marker === 0xc0) return null;
    if (marker >= 0xa0 && marker <= 0xbf) return this.#text(marker & 0x1f);
    if (marker === 0xd9) return this.#text(this.#number(1));
    if (marker === 0xda) return this.#text(this.#number(2));
    if (marker === 0xc4) return this.#take(this.#number(1));
    if (marker === 0xc5) return this.#take(this.#number(2));
    throw new SyntaxError("a field of the seal has an unexpected type");
  }

  #number(width) {
    return this.#take(width).reduce((value, byte) => value * 256 + byte, 0);
  }

  #text(length) {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.#take(length));
  }

  #take(length) {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new SyntaxError("a field of the seal is cut short");
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}
