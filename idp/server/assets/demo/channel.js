/**
 * The live channel of one session (profile, section 4.5). The token travels as a subprotocol and not in the address, so
 * that it stays out of logs. A dropped connection is opened again: the server holds the outcome until the session ends.
 */

const TERMINAL = new Set(["approved", "rejected", "expired", "interrupted"]);
const CLOSED = { 4001: "refused", 4004: "gone", 4008: "expired", 4009: "replaced" };
const FIRST_RETRY_MILLISECONDS = 500;
const LAST_RETRY_MILLISECONDS = 4000;

export class SessionChannel {
  #session;
  #listener;
  #socket;
  #timer;
  #ended = false;
  #retry = FIRST_RETRY_MILLISECONDS;

  /**
   * @param {{sessionId: string, wsToken: string}} session
   * @param {(message: {type: string}) => void} listener receives every message, and `{type: "closed", cause}` when the
   *   server ended the channel without an outcome
   */
  constructor(session, listener) {
    this.#session = session;
    this.#listener = listener;
    this.#connect();
  }

  close() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const address = `${scheme}://${location.host}/ws/session/${encodeURIComponent(this.#session.sessionId)}`;
    this.#socket = new WebSocket(address, ["idtoken", this.#session.wsToken]);
    this.#socket.addEventListener("message", (event) => this.#receive(event.data));
    this.#socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  #receive(data) {
    if (this.#ended) return;
    this.#retry = FIRST_RETRY_MILLISECONDS;
    const message = readMessage(data);
    if (!message) return;
    if (TERMINAL.has(message.type)) this.close();
    this.#listener(message);
  }

  #closed(code) {
    if (this.#ended) return;
    if (CLOSED[code]) {
      this.#ended = true;
      this.#listener({ type: "closed", cause: CLOSED[code] });
      return;
    }
    this.#timer = setTimeout(() => this.#connect(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MILLISECONDS);
  }
}

function readMessage(data) {
  try {
    const message = JSON.parse(data);
    return typeof message?.type === "string" ? message : null;
  } catch {
    return null;
  }
}
