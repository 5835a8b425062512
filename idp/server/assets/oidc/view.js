/**
 * What the login page draws: its views, the code, the time left. Every word comes from the page itself, which the server
 * wrote in the person's language.
 */

import { Countdown as SharedCountdown, drawCode, spelled } from "../clock.js";
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
  const spoken = say("Code", { digits: spelled(code, say("Hidden")) });
  drawCode(target, code, spoken);
  return spoken;
}

/** The time left, in the words of the page. */
export class Countdown extends SharedCountdown {
  constructor(ring) {
    super(ring, now, (seconds) => say(`Seconds-${seconds}`));
  }
}
