/**
 * Storage of oidc-provider in plain Maps: nothing is ever evicted, every step is one look-up. (The library's own development adapter
 * keeps a thousand entries.)
 */

const entries = new Map();
const sessionKeys = new Map();
const grantKeys = new Map();

const now = () => Math.floor(Date.now() / 1000);

export class MapAdapter {
  #model;

  constructor(model) {
    this.#model = model;
  }

  #key(id) {
    return `${this.#model}:${id}`;
  }

  #payload(key) {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > now()) return entry.payload;
    entries.delete(key);
    return undefined;
  }

  async upsert(id, payload, expiresIn) {
    const key = this.#key(id);
    if (this.#model === "Session") sessionKeys.set(payload.uid, key);
    if (payload.grantId !== undefined) {
      const keys = grantKeys.get(payload.grantId);
      if (keys === undefined) grantKeys.set(payload.grantId, new Set([key]));
      else keys.add(key);
    }
    entries.set(key, { payload, expiresAt: expiresIn === undefined ? Infinity : now() + expiresIn });
  }

  async find(id) {
    return this.#payload(this.#key(id));
  }

  async findByUid(uid) {
    return this.#payload(sessionKeys.get(uid));
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    this.#payload(this.#key(id)).consumed = now();
  }

  async destroy(id) {
    entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grantKeys.get(grantId) ?? []) entries.delete(key);
    grantKeys.delete(grantId);
  }
}
