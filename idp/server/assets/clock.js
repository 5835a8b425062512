/**
 * What the provider's own pages and the demo's draw alike: a code in two halves, and the time left.
 */

/** "123 456", read aloud as `spoken`. */
export function drawCode(target, code, spoken) {
  const half = (text) => Object.assign(document.createElement("span"), { textContent: text });
  target.setAttribute("role", "img");
  target.setAttribute("aria-label", spoken);
  target.dataset.code = code;
  target.replaceChildren(half(code.slice(0, 3)), " ", half(code.slice(3)));
}

/** The digits as they are read aloud, one by one. A server may mask digits with `*`. */
export const spelled = (code, hidden) => [...code].map((digit) => (digit === "*" ? hidden : digit)).join(" ");

/** The time left as "0:47", beside a ring that empties. It speaks at 30 and at 10 seconds only, so as not to talk all the time. */
export class Countdown {
  #timer;
  #ring;
  #text;
  #spoken;
  #now;
  #sentence;

  /**
   * @param {HTMLElement} ring an element of class `ring` with `[data-left]` and `[data-spoken]` inside
   * @param {() => number} now milliseconds by the server's clock
   * @param {(seconds: number) => string} sentence what is said of so many seconds
   */
  constructor(ring, now, sentence) {
    this.#ring = ring;
    this.#text = ring.querySelector("[data-left]");
    this.#spoken = ring.querySelector("[data-spoken]");
    this.#now = now;
    this.#sentence = sentence;
  }

  /** @param {string} expiresAt RFC 3339 @param {() => void} onEnd called once, when the time is over */
  start(expiresAt, onEnd) {
    this.stop();
    const end = Date.parse(expiresAt);
    const total = Math.max(end - this.#now(), 1);
    let said = Infinity;
    const tick = () => {
      const left = Math.max(end - this.#now(), 0);
      const seconds = Math.ceil(left / 1000);
      this.#draw(seconds, left / total);
      for (const mark of [30, 10]) {
        if (seconds <= mark && said > mark && total > mark * 1000) this.#spoken.textContent = this.#sentence(mark);
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
