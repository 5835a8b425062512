/**
 * What the login page draws: its views, the code, the time left. Every word comes from the page itself, which the server
 * wrote in the person's language.
 */

import { now } from "./api.js";

export const byId = (id) => document.getElementById(id);

const words = byId("login")?.dataset ?? {};

/** A sentence of the page; `{name}` stands for a value. */
export function say(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[`say${key}`] ?? "");
}

/** The live region: what a screen reader hears. */
export function announce(text) {
  byId("status").textContent = text;
}

/** Shows one view, hides its siblings, and moves the focus to its heading, so that a screen reader reads on from there. */
export function showView(id) {
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.id !== id;
  const headings = [...byId(id).querySelectorAll("[tabindex='-1']")];
  headings.find((heading) => heading.checkVisibility())?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

/** "123 456", read aloud digit by digit. A server may mask digits with `*`. Returns what is read aloud. */
export function showCode(target, code) {
  const digits = [...code].map((digit) => (digit === "*" ? say("Hidden") : digit)).join(" ");
  const spoken = say("Code", { digits });
  const half = (text) => Object.assign(document.createElement("span"), { textContent: text });
  target.setAttribute("role", "img");
  target.setAttribute("aria-label", spoken);
  target.dataset.code = code;
  target.replaceChildren(half(code.slice(0, 3)), " ", half(code.slice(3)));
  return spoken;
}

/** The time left as "0:47", beside a ring that empties. It speaks at 30 and at 10 seconds only. */
export class Countdown {
  #timer;
  #ring;
  #text;
  #spoken;

  /** @param {HTMLElement} ring an element of class `ring` with `[data-left]` and `[data-spoken]` inside */
  constructor(ring) {
    this.#ring = ring;
    this.#text = ring.querySelector("[data-left]");
    this.#spoken = ring.querySelector("[data-spoken]");
  }

  /** @param {string} expiresAt RFC 3339 @param {() => void} onEnd called once, when the time is over */
  start(expiresAt, onEnd) {
    this.stop();
    const end = Date.parse(expiresAt);
    const total = Math.max(end - now(), 1);
    let said = Infinity;
    const tick = () => {
      const left = Math.max(end - now(), 0);
      const seconds = Math.ceil(left / 1000);
      this.#draw(seconds, left / total);
      for (const mark of [30, 10]) {
        if (seconds <= mark && said > mark && total > mark * 1000) this.#spoken.textContent = say(`Seconds-${mark}`);
      }
      said = Math.min(said, seconds);
      if (left > 0) return;
      this.stop();
      onEnd();
    };
    this.#spoken.textContent = "";
    this.#timer = setInterval(tick, 250);
    tick();
  }

  stop() {
    clearInterval(this.#timer);
  }

  #draw(seconds, share) {
    this.#text.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.#ring.style.setProperty("--left", share.toFixed(3));
    this.#ring.dataset.urgent = String(seconds <= 10);
  }
}
