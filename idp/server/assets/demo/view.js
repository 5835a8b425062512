/**
 * What both pages draw alike: elements, announcements, the one-time code, the countdown, a service's logo.
 */

import { Countdown as SharedCountdown, drawCode, spelled } from "../clock.js";
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
  drawCode(target, code, `Code: ${spelled(code, "hidden")}`);
}

/** The time left, in English. */
export class Countdown extends SharedCountdown {
  constructor(ring) {
    super(ring, now, (seconds) => `${seconds} seconds left`);
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
