/**
 * The enrolled device: its key, its enrolment, its signed requests (profile, section 2).
 *
 * The key pair is made by WebCrypto with `extractable: false` and kept in IndexedDB as an opaque handle: this page can ask
 * for signatures, and nobody, this page included, can read the key. A native app has a secure element in its place.
 */

import { base64url, lowerhex, pem, sha256, utf8 } from "./encoding.js";
import { nowSeconds, requestJson } from "./http.js";
import { readSeal } from "./seal.js";

const DATABASE = "idtoken-seal-phone";
const STORE = "device";
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE_ALGORITHM = { name: "ECDSA", hash: "SHA-256" };

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore(mode, operation) {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = operation(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export class Device {
  #record;

  constructor(record) {
    this.#record = record;
  }

  get tokenId() {
    return this.#record.tokenId;
  }

  get deviceId() {
    return this.#record.deviceId;
  }

  get issuer() {
    return this.#record.issuer;
  }

  /** The SD-JWT with every disclosure; it stays on this device. */
  get credential() {
    return this.#record.credential;
  }

  get expiresAt() {
    return this.#record.expiresAt;
  }

  /** The device that this browser enrolled earlier, unless it belongs to another provider or another seal. */
  static async stored(configuration) {
    const record = await inStore("readonly", (store) => store.get("current"));
    const { deviceId, sealText } = configuration.phone;
    const same =
      record?.issuer === configuration.issuer && record.deviceId === deviceId && record.sealText === sealText;
    return same ? new Device(record) : null;
  }

  /** Makes a key, proves it, enrols it, keeps it. */
  static async enrol(configuration) {
    const { deviceId, sealText, enrolmentCode } = configuration.phone;
    const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, false, ["sign", "verify"]);
    const proof = await proofOfKey(keys.privateKey, deviceId, sealText);
    const body = {
      vdsData: sealText,
      publicKeyPem: pem("PUBLIC KEY", new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey))),
      deviceId,
      enrolmentCode,
      signedMessage: 2,
      push: { type: "none" },
      proof,
    };
    const enrolled = await requestJson("POST", "/enroll", { body: JSON.stringify(body) });
    const record = {
      issuer: configuration.issuer,
      deviceId,
      sealText,
      privateKey: keys.privateKey,
      tokenId: enrolled.tokenId,
      expiresAt: enrolled.expiresAt,
      credential: enrolled.enrolmentCredential,
    };
    await inStore("readwrite", (store) => store.put(record, "current"));
    return new Device(record);
  }

  async sign(bytes) {
    return base64url(await signBytes(this.#record.privateKey, bytes));
  }

  /**
   * A request under the `Device` authorization scheme: method, path, time, a nonce and the body's digest are signed, so
   * that a captured request can be neither changed nor sent again.
   */
  async request(method, path, { json, signal } = {}) {
    const body = json === undefined ? undefined : JSON.stringify(json);
    const timestamp = String(nowSeconds());
    const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
    const digest = lowerhex(await sha256(utf8(body ?? "")));
    const signature = await this.sign(utf8([method, this.issuer, path, timestamp, nonce, digest].join("|")));
    const members = { tokenId: this.tokenId, deviceId: this.deviceId, ts: timestamp, nonce, sig: signature };
    const authorization = Object.entries(members)
      .map(([name, value]) => `${name}="${value}"`)
      .join(", ");
    return requestJson(method, path, { body, signal, headers: { authorization: `Device ${authorization}` } });
  }
}

async function proofOfKey(privateKey, deviceId, sealText) {
  const { fingerprint } = await readSeal(sealText);
  const { challenge } = await requestJson("POST", "/enroll/challenge", { body: "{}" });
  const message = ["enroll", challenge, lowerhex(fingerprint), deviceId].join("|");
  return { challenge, signature: base64url(await signBytes(privateKey, utf8(message))) };
}

const signBytes = async (privateKey, bytes) =>
  new Uint8Array(await crypto.subtle.sign(SIGNATURE_ALGORITHM, privateKey, bytes));
