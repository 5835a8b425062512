/**
 * The consent screen: who asks, for what, which code; what the person decides is returned as a value. Knows no key and
 * sends nothing.
 */

import { scopeLabel, withheld } from "./catalogue.js";
import { byId, Countdown, element, showCode, showLogo, showView, webAddress } from "./view.js";
import { valueOf } from "./holder.js";

/** From this number of unanswered requests on, the person is warned (prompt bombing). */
const MANY_REQUESTS = 3;
const CODE_LABELS = { compare: "mode-compare", choose: "mode-choose", transfer: "mode-transfer" };

export class ConsentScreen {
  #session;
  #holder;
  #chosen = "";
  #countdown = new Countdown(byId("ring"));

  /** @param {object} session as `GET /auth/pending` describes it @param {object} holder fields of the seal */
  show(session, holder, { facePolicyVouched, onExpired }) {
    this.#session = session;
    this.#holder = holder;
    this.#chosen = "";
    this.#showService();
    this.#showMode();
    this.#showSwitches();
    const vouched = facePolicyVouched ? " The demo's policy vouches for the face check." : "";
    byId("face-note").textContent = `No face check takes place in this browser phone.${vouched}`;
    this.problem("");
    this.busy(false);
    this.#countdown.start(session.expiresAt, onExpired);
    showView("consent");
  }

  hide() {
    this.#countdown.stop();
  }

  /** The scopes still switched on, in the order in which they were asked for. */
  get grantedScopes() {
    const on = new Set([...byId("switches").querySelectorAll("input:checked")].map((input) => input.value));
    return this.#session.scopes.filter((scope) => on.has(scope));
  }

  /** The code as compared, chosen or typed; null while the person has not given one. */
  get code() {
    if (this.#session.mode === "choose") return this.#chosen || null;
    if (this.#session.mode !== "transfer") return this.#session.otp ?? null;
    const digits = byId("code-input").value.replace(/\D/g, "");
    return digits.length === 6 ? digits : null;
  }

  problem(sentence) {
    byId("consent-problem").textContent = sentence;
    byId("consent-problem").hidden = sentence === "";
  }

  busy(state) {
    for (const control of byId("consent").querySelectorAll("button, input")) control.disabled = state;
    byId("approve").textContent = state ? "Sending…" : this.#approveLabel();
  }

  #approveLabel() {
    return this.grantedScopes.length > 0 ? "Approve & Share" : "Approve, share nothing";
  }

  #showService() {
    const { serviceName, serviceLogo, serviceUrl, serviceVerified, privacyUrl, pushesSinceLastSuccess } = this.#session;
    byId("consent-title").textContent = `${serviceName} asks who you are`;
    byId("service-name").textContent = serviceName;
    byId("share-with").textContent = serviceName;
    showLogo(byId("service-logo"), serviceName, serviceLogo);
    byId("service-verified").hidden = !serviceVerified;
    byId("service-unverified").hidden = Boolean(serviceVerified);
    byId("service-url").textContent = webAddress(serviceUrl)?.host ?? "";
    const privacy = webAddress(privacyUrl);
    byId("service-privacy-part").hidden = privacy === null;
    if (privacy) byId("service-privacy").href = privacy.href;
    const { bindingMessage } = this.#session;
    byId("binding-message-part").hidden = !bindingMessage;
    byId("binding-message").textContent = bindingMessage ?? "";
    const many = pushesSinceLastSuccess >= MANY_REQUESTS;
    byId("many-requests").hidden = !many;
    byId("many-requests").textContent = many
      ? `${pushesSinceLastSuccess} requests since your last approval. If you did not start them, choose “This was not me”.`
      : "";
  }

  #showMode() {
    const mode = CODE_LABELS[this.#session.mode] ? this.#session.mode : "compare";
    for (const [name, id] of Object.entries(CODE_LABELS)) byId(id).hidden = name !== mode;
    if (mode === "compare") showCode(byId("code"), this.#session.otp ?? "");
    if (mode === "transfer") byId("code-input").value = "";
    if (mode === "choose")
      byId("code-choices").replaceChildren(...this.#session.choices.map((code) => this.#choice(code)));
  }

  #choice(code) {
    const shown = `${code.slice(0, 3)} ${code.slice(3)}`;
    const attributes = {
      type: "button",
      class: "button code-choice",
      "aria-pressed": "false",
      "data-testid": "choice",
    };
    // Read digit by digit, and still found by its visible text (WCAG 2.5.3).
    const button = element("button", { ...attributes, "aria-label": `${shown}: ${[...code].join(" ")}` }, shown);
    button.addEventListener("click", () => {
      this.#chosen = code;
      for (const other of byId("code-choices").children) other.setAttribute("aria-pressed", String(other === button));
    });
    return button;
  }

  #showSwitches() {
    const { scopes } = this.#session;
    byId("switches").replaceChildren(...scopes.map((scope) => this.#switchRow(scope)));
    byId("no-switches").hidden = scopes.length > 0;
    this.#showWithheld();
  }

  #switchRow(scope) {
    const attributes = {
      type: "checkbox",
      role: "switch",
      class: "switch",
      value: scope,
      "data-testid": `switch-${scope}`,
    };
    const input = element("input", attributes);
    input.checked = true;
    input.addEventListener("change", () => {
      this.#showWithheld();
      byId("approve").textContent = this.#approveLabel();
    });
    const value = valueOf(scope, this.#holder);
    const text = element("span", {}, element("strong", {}, scopeLabel(scope)));
    if (value) text.append(element("span", { class: "small soft" }, value));
    return element("label", { class: "switch-row" }, text, input);
  }

  #showWithheld() {
    const items = withheld(this.grantedScopes, this.#session.scopes);
    byId("not-received").replaceChildren(...items.map((item) => element("li", {}, item)));
  }
}
