/**
 * Requests to the identity provider, its errors (RFC 9457) in words for a person, and its clock.
 */

/** Sentences for the stable `code` member. A code that is not listed falls back to the server's own `detail`. */
const SENTENCES = {
  invalid_scope: "The service asked for something it is not allowed to ask for.",
  invalid_seal: "The seal was not accepted: it is damaged, expired or revoked.",
  invalid_key: "The key of this phone was not accepted.",
  invalid_proof: "The proof of the phone's key was not accepted. Try again.",
  invalid_timestamp: "The time of this answer does not fit the request. Check the clock of this device.",
  invalid_presentation: "What this phone presented does not fit the request.",
  invalid_otp: "That is not the code of this request.",
  invalid_signature: "The signature of this phone was not accepted.",
  device_not_active: "This phone was revoked or locked.",
  claims_not_presented: "The service needs something that was not shared.",
  origin_not_allowed: "This website is not registered for the service.",
  admission_required: "This seal already has a phone. Adding another one needs an enrolment code.",
  session_not_found: "This request is no longer open: it was answered, has expired, or its QR code has changed.",
  revoked: "This seal was revoked. A new one is needed.",
  device_limit: "Too many phones are enrolled with this seal.",
  trust_limit: "Too many services are trusted. Remove one first.",
  too_many_attempts: "Too many wrong answers. The request was stopped.",
  rate_limited: "Too many requests. Wait a moment.",
  unavailable: "The identity provider cannot answer now. Try again in a moment.",
};

/** Sentences by status, where neither a code nor a detail says more. */
const BY_STATUS = {
  401: "The identity provider did not recognise this device.",
  403: "This is not allowed.",
  404: "This request is no longer open: it was answered or has expired.",
  409: "This was already done.",
  429: "Too many requests.",
};

/** An answer that is not a success. `message` is fit to be shown. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(SENTENCES[body.code] ?? body.detail ?? BY_STATUS[status] ?? "The identity provider could not answer.");
    this.status = status;
    this.code = body.code;
    this.attemptsLeft = body.attemptsLeft;
    this.retryAfter = retryAfter;
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {
  constructor(cause) {
    super("The identity provider cannot be reached. Check that it is running.", { cause });
  }
}

let clockOffset = 0;

/** Milliseconds by the server's clock. A browser whose clock is wrong would otherwise sign timestamps that are refused. */
export const now = () => Date.now() + clockOffset;

export const nowSeconds = () => Math.floor(now() / 1000);

/** The Date header has a resolution of one second, so that a small difference says nothing. */
function readClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return;
  const offset = date + 500 - Date.now();
  clockOffset = Math.abs(offset) > 3000 ? offset : 0;
}

function retryAfterSeconds(response) {
  const value = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return Number.isFinite(value) && value > 0 ? Math.min(value, 3600) : undefined;
}

/**
 * Sends a request and returns the JSON of its answer.
 *
 * @param {string} method
 * @param {string} path same origin, with its query
 * @param {{body?: string, headers?: Record<string, string>, signal?: AbortSignal}} options `body` is JSON text: a device
 *   signs exactly the bytes it sends
 * @throws {Problem | Unreachable}
 */
export async function requestJson(method, path, { body, headers = {}, signal } = {}) {
  let response;
  let text;
  try {
    const contentType = body === undefined ? {} : { "content-type": "application/json" };
    response = await fetch(path, { method, body, signal, cache: "no-store", headers: { ...contentType, ...headers } });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Unreachable(cause);
  }
  readClock(response);
  const json = parse(text);
  if (!response.ok) throw new Problem(response.status, json ?? {}, retryAfterSeconds(response));
  return json ?? {};
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

export const demoConfiguration = () => requestJson("GET", "/demo/config.json");

/** Resolves after `milliseconds`; rejects when the signal is aborted first. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
