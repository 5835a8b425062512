/**
 * What the login page asks of its own interaction, what can go wrong, and the server's clock.
 */

/** An answer that is not a success. `code` is stable (RFC 9457). */
export class Refused extends Error {
  constructor(status, body, retryAfter) {
    super(body.code ?? `status ${status}`);
    this.status = status;
    this.code = body.code;
    this.retryAfter = retryAfter;
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {
  constructor(cause) {
    super("unreachable", { cause });
  }
}

let clockOffset = 0;

/** Milliseconds by the server's clock: a browser whose clock is wrong would show a wrong time left. */
export const now = () => Date.now() + clockOffset;

/** The Date header has a resolution of one second, so that a small difference says nothing. */
function readClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return;
  const offset = date + 500 - Date.now();
  clockOffset = Math.abs(offset) > 3000 ? offset : 0;
}

function retryAfterSeconds(response) {
  const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return seconds > 0 ? Math.min(seconds, 3600) : undefined;
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/**
 * @param {"GET" | "POST"} method
 * @param {string} path of this origin
 * @param {object} [body] sent as JSON
 * @throws {Refused | Unreachable}
 */
export async function ask(method, path, body) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    text = await response.text();
  } catch (cause) {
    throw new Unreachable(cause);
  }
  readClock(response);
  const json = parse(text);
  if (!response.ok) throw new Refused(response.status, json, retryAfterSeconds(response));
  return json;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
