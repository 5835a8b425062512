/**
 * What becomes of one attempt: told by the WebSocket, and while that is down, asked for every two seconds. Some networks let
 * no WebSocket through, and a browser that sleeps loses it.
 */

import { ask, Refused } from "./api.js";

const POLL_MILLISECONDS = 2000;
const FIRST_RETRY_MILLISECONDS = 500;
const LAST_RETRY_MILLISECONDS = 8000;

/** Words of the wire for the causes that the page has sentences for. */
const REJECTIONS = {
  "User rejected": "declined",
  "Invalid OTP": "wrong-code",
  "Invalid signature": "refused",
  "Too many attempts": "too-many",
};

const rejection = (reason) => REJECTIONS[reason] ?? "declined";

export class Live {
  #session;
  #statusPath;
  #listener;
  #socket;
  #reconnecting;
  #polling;
  #ended = false;
  #retry = FIRST_RETRY_MILLISECONDS;

  /**
   * @param {{sessionId?: string, wsToken?: string}} session without a wsToken the state is only asked for
   * @param {string} statusPath
   * @param {(news: {type: "code" | "qr" | "approved" | "ended"}) => void} listener `code` brings `code` and `expiresAt`, `qr` brings
   *   `qr`, `qrSvg` and `expiresAt`, `ended` brings `cause`
   */
  constructor(session, statusPath, listener) {
    this.#session = session;
    this.#statusPath = statusPath;
    this.#listener = listener;
    if (session.wsToken) this.#connect();
    else this.#poll();
    document.addEventListener("visibilitychange", this.#woken);
    addEventListener("online", this.#woken);
  }

  close() {
    this.#ended = true;
    clearTimeout(this.#reconnecting);
    clearTimeout(this.#polling);
    document.removeEventListener("visibilitychange", this.#woken);
    removeEventListener("online", this.#woken);
    this.#socket?.close(1000);
  }

  /** Asks at once: the page was asleep, or its own clock says that time is over. */
  check() {
    if (this.#ended) return;
    clearTimeout(this.#polling);
    this.#poll();
  }

  #woken = () => {
    if (document.visibilityState === "visible") this.check();
  };

  #tell(news) {
    if (this.#ended) return;
    if (news.type === "approved" || news.type === "ended") this.close();
    this.#listener(news);
  }

  #connect() {
    const address = new URL(`/ws/session/${encodeURIComponent(this.#session.sessionId)}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    try {
      this.#socket = new WebSocket(address, ["idtoken", this.#session.wsToken]);
    } catch {
      this.#closed();
      return;
    }
    this.#socket.addEventListener("open", () => clearTimeout(this.#polling));
    this.#socket.addEventListener("message", (event) => this.#receive(event.data));
    this.#socket.addEventListener("close", () => this.#closed());
  }

  #closed() {
    if (this.#ended) return;
    this.check();
    clearTimeout(this.#reconnecting);
    this.#reconnecting = setTimeout(() => this.#connect(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MILLISECONDS);
  }

  #receive(data) {
    const message = readMessage(data);
    this.#retry = FIRST_RETRY_MILLISECONDS;
    switch (message.type) {
      case "otp_ready":
        this.#code(message.autoPassword, message.expiresAt);
        break;
      case "qr_refresh":
        this.#tell({ type: "qr", qr: message.qr, qrSvg: message.qrSvg, expiresAt: message.expiresAt });
        break;
      case "approved":
        this.#tell({ type: "approved" });
        break;
      case "rejected":
        this.#tell({ type: "ended", cause: rejection(message.reason) });
        break;
      case "expired":
        this.#tell({ type: "ended", cause: "expired" });
        break;
      case "interrupted":
        this.#tell({ type: "ended", cause: "failed" });
        break;
    }
  }

  /** A server may mask the code on the WebSocket; the interaction itself tells it whole. */
  #code(code, expiresAt) {
    if (code.includes("*")) this.check();
    this.#tell({ type: "code", code, expiresAt });
  }

  async #poll() {
    try {
      this.#read(await ask("GET", this.#statusPath));
    } catch (error) {
      const isOver = error instanceof Refused && [403, 404, 410].includes(error.status);
      if (isOver) this.#tell({ type: "ended", cause: "over" });
    }
    const isSilent = this.#socket?.readyState !== WebSocket.OPEN;
    clearTimeout(this.#polling);
    if (!this.#ended && isSilent) this.#polling = setTimeout(() => this.#poll(), POLL_MILLISECONDS);
  }

  #read({ state, reason, code, expiresAt }) {
    if (state === "approved") this.#tell({ type: "approved" });
    else if (state === "rejected") this.#tell({ type: "ended", cause: rejection(reason) });
    else if (state === "expired") this.#tell({ type: "ended", cause: "expired" });
    else if (state === "interrupted") this.#tell({ type: "ended", cause: "failed" });
    else if (state === "waiting" && code) this.#tell({ type: "code", code, expiresAt });
  }
}

function readMessage(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}
