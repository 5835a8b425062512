/**
 * What both pages draw alike: elements, announcements, the one-time code, the countdown, a service's logo.
 */

import { now } from "./http.js";

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; text is always text, never markup. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Shows one of the page's views, hides its siblings, and moves the focus to the view's heading for screen readers. */
export function showView(id, { focus = true } = {}) {
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.id !== id;
  if (focus) byId(id).querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
  if (focus) window.scrollTo({ top: 0 });
}

/**
 * The code as "123 456", read aloud digit by digit. A server may mask digits with `*`.
 *
 * @param {HTMLElement} target
 * @param {string} code
 */
export function showCode(target, code) {
  const spoken = [...code].map((digit) => (digit === "*" ? "hidden" : digit)).join(" ");
  target.setAttribute("role", "img");
  target.setAttribute("aria-label", `Code: ${spoken}`);
  target.dataset.code = code;
  target.replaceChildren(element("span", {}, code.slice(0, 3)), " ", element("span", {}, code.slice(3)));
}

/** Seconds as "0:47"; beside it a ring that empties. Speaks only at 30 and 10 seconds, so as not to talk all the time. */
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
        if (seconds <= mark && said > mark && total > mark * 1000) this.#spoken.textContent = `${mark} seconds left`;
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

/** Logos come from this origin or inline; anything else would tell a third party who looks at which request. */
export function showLogo(target, name, url) {
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .join("")
    .slice(0, 2)
    .toUpperCase();
  const source = safeImage(url);
  target.replaceChildren(source ? element("img", { src: source, alt: "" }) : initials);
  target.setAttribute("aria-hidden", "true");
}

function safeImage(url) {
  if (typeof url !== "string" || url === "") return null;
  if (url.startsWith("data:image/")) return url;
  const resolved = URL.canParse(url, location.href) ? new URL(url, location.href) : null;
  return resolved?.origin === location.origin ? resolved.href : null;
}

/** A picture claim: base64 of a WEBP or JPEG portrait. */
export function portraitSource(base64) {
  const text = String(base64).replaceAll("-", "+").replaceAll("_", "/");
  return `data:image/${text.startsWith("/9j/") ? "jpeg" : "webp"};base64,${text}`;
}

/** Only http(s) addresses become links. */
export function webAddress(url) {
  if (typeof url !== "string" || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  return ["https:", "http:"].includes(parsed.protocol) ? parsed : null;
}
