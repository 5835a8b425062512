/**
 * The demo as a person uses it: a website and a phone, two browser profiles, one running `idp demo` at IDP_URL.
 *
 * One phone enrols for all tests, because enrolments are limited per address and hour.
 */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { audit } from "./audit.mjs";
import { BASE, code, hook, launch, openPhone, openProfile, openWebsite, requestLogin, startOver } from "./demo.mjs";

let browser;
let profiles;
let website;
let phone;

before(async () => {
  browser = await launch();
  profiles = [await openProfile(browser), await openProfile(browser)];
  website = await openWebsite(profiles[0].context);
  phone = await openPhone(profiles[1].context);
});

after(() => browser?.close());

afterEach(async () => {
  const faults = profiles.flatMap((profile) => profile.faults.splice(0));
  await startOver(website, phone);
  assert.deepEqual(faults, [], "no console error, no violation of the content security policy");
});

test("the pages that do nothing are accessible and fit every screen", async () => {
  const page = await profiles[0].context.newPage();
  for (const path of ["/demo", "/i/sess_0123456789abcdefghijkl"]) {
    await page.goto(`${BASE}${path}`);
    await audit(page, path);
  }
  await page.close();
});

test("the key of the phone cannot be exported", async () => {
  const extractable = await phone.evaluate(async () => {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open("idtoken-seal-phone");
      request.onsuccess = () => resolve(request.result);
    });
    const record = await new Promise((resolve) => {
      const request = database.transaction("device").objectStore("device").get("current");
      request.onsuccess = () => resolve(request.result);
    });
    database.close();
    return record.privateKey.extractable;
  });
  assert.equal(extractable, false);
});

test("login: the same code on both screens, a denied scope is absent from the verified token", async () => {
  await audit(website, "website, form");
  await audit(phone, "phone, home");
  await requestLogin(website, phone);
  assert.match(await code(website), /^\d{6}$/);
  assert.equal(await code(phone), await code(website));
  const spoken = `Code: ${[...(await code(phone))].join(" ")}`;
  assert.equal(await hook(phone, "otp").getAttribute("aria-label"), spoken);
  await Promise.all([audit(website, "website, code"), audit(phone, "phone, consent")]);

  assert.doesNotMatch(await hook(phone, "not-received").innerText(), /Your name/);
  await hook(phone, "switch-identity:name").uncheck();
  assert.match(await hook(phone, "not-received").innerText(), /Your name/);
  await hook(phone, "approve").click();

  await hook(website, "claims").waitFor();
  assert.equal(await hook(website, "claim-age_over_18").innerText(), "yes");
  for (const denied of ["name", "given_name", "family_name"]) {
    assert.equal(await hook(website, `claim-${denied}`).count(), 0, `${denied} was denied`);
  }
  assert.match(await hook(website, "withheld").innerText(), /Name/);
  const { header, payload } = JSON.parse(await hook(website, "token").textContent());
  assert.equal(header.typ, "idtoken+jwt");
  assert.equal(payload.scope, "identity:age_over_18");
  assert.doesNotMatch(JSON.stringify(payload), /Dupont|given_name|givenName/);
  await phone.getByText("Approved", { exact: true }).waitFor();
  await website.getByText("How sure is this?").click();
  await website.getByText("The signed token").click();
  await audit(website, "website, verified");
  await audit(phone, "phone, approved");
});

test("decline: the website says so, shares nothing, and tries again with one click", async () => {
  await requestLogin(website, phone);
  await hook(phone, "decline").click();
  await website.getByText("declined on the phone").first().waitFor();
  assert.equal(await hook(website, "claims").isVisible(), false);
  await hook(phone, "result").waitFor();
  await audit(website, "website, declined");
  await audit(phone, "phone, declined");

  await hook(website, "retry").click();
  await hook(phone, "consent").waitFor();
  assert.equal(await code(phone), await code(website));
  await hook(phone, "approve").click();
  await hook(website, "claim-name").waitFor();
  assert.match(await hook(website, "claim-name").innerText(), /\S+ \S+/);
});

test("verification without login: the QR code's link, no account", async () => {
  await hook(website, "qr-start").click();
  await hook(website, "qr").waitFor();
  assert.equal(await hook(website, "qr").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), true);
  await audit(website, "website, QR code");

  await hook(phone, "paste-qr").fill("https://elsewhere.example/i/sess_x#y");
  await hook(phone, "claim-qr").click();
  await phone.getByText("not a link of this provider").waitFor();

  await hook(phone, "paste-qr").fill(await hook(website, "qr-link").inputValue());
  await hook(phone, "claim-qr").click();
  await hook(phone, "consent").waitFor();
  await hook(website, "otp").waitFor();
  assert.equal(await code(phone), await code(website));
  await hook(phone, "approve").click();
  await hook(website, "claim-age_over_18").waitFor();
  await website.getByText("No account was created").waitFor();
});

test("keyboard alone: sign in, switch a scope off, approve, trust the service", async () => {
  await tabTo(website, "start");
  await website.keyboard.press("Enter");
  await hook(phone, "consent").waitFor();
  const focused = await phone.evaluate(() => document.activeElement.id);
  assert.equal(focused, "consent-title", "a screen reader is taken to the request");
  await tabTo(phone, "switch-identity:name");
  await phone.keyboard.press("Space");
  assert.equal(await hook(phone, "switch-identity:name").isChecked(), false);
  await tabTo(phone, "approve");
  await phone.keyboard.press("Enter");
  await hook(website, "claim-age_over_18").waitFor();
  await hook(phone, "result").waitFor();

  if (await hook(phone, "trust").isVisible()) {
    await tabTo(phone, "trust");
    await phone.keyboard.press("Enter");
  }
  await phone.getByRole("button", { name: /^Stop trusting/ }).click();
  await hook(phone, "trusted").locator("li").first().waitFor({ state: "detached" });
});

test("choosing and typing the code: the two other ways to match", async () => {
  await phone.goto("about:blank");
  for (const mode of ["choose", "transfer"]) {
    const other = await phoneInMode(mode);
    await requestLogin(website, other);
    await hook(other, "approve").click();
    await other.getByText(mode === "choose" ? "Choose the code first" : "Type the six digits first").waitFor();
    await audit(other, `phone, ${mode}`);
    const shown = await code(website);
    const spaced = `${shown.slice(0, 3)} ${shown.slice(3)}`;
    if (mode === "choose") await hook(other, "choice").filter({ hasText: spaced }).click();
    else await hook(other, "otp-input").fill(spaced);
    await hook(other, "approve").click();
    await hook(website, "claims").waitFor();
    await hook(other, "result").waitFor();
    await startOver(website, other);
    await other.close();
  }
  await phone.goto(`${BASE}/demo/phone`);
});

/** The demo's service compares. A second window of the same phone is told of another mode. */
async function phoneInMode(mode) {
  const page = await profiles[1].context.newPage();
  await page.addInitScript((told) => {
    const send = globalThis.fetch;
    globalThis.fetch = async (path, options) => {
      const response = await send(path, options);
      if (!path.startsWith("/auth/pending") || !response.ok) return response;
      const { sessions } = await response.json();
      const change = ({ otp, ...session }) => ({ ...session, mode: told, choices: ["000000", otp, "999999"] });
      return Response.json({ sessions: sessions.map(change) });
    };
  }, mode);
  await page.goto(`${BASE}/demo/phone`);
  await hook(page, "enrolled").waitFor();
  return page;
}

test("a limit is respected: the website counts down and then may try again", async () => {
  const limited = { status: 429, headers: { "retry-after": "2" }, json: { status: 429, code: "rate_limited" } };
  await website.route("**/auth/initiate", (route) => route.fulfill(limited));
  await hook(website, "start").click();
  await website.getByRole("button", { name: /Try again in \d s/ }).waitFor();
  assert.equal(await hook(website, "retry").isDisabled(), true);
  await website.unroute("**/auth/initiate");
  await website.getByRole("button", { name: "Try again", exact: true }).waitFor();
  assert.equal(await hook(website, "retry").isEnabled(), true);
  onlyFailedRequests(profiles[0]);
});

test("a revoked phone says so and can enrol again", async () => {
  const revoked = { status: 401, json: { status: 401, code: "unknown_device" } };
  await phone.route("**/auth/pending*", (route) => route.fulfill(revoked));
  await phone.reload();
  await hook(phone, "trouble").waitFor();
  await audit(phone, "phone, not enrolled");
  await phone.unroute("**/auth/pending*");
  await hook(phone, "enrol-again").click();
  await hook(phone, "enrolled").waitFor();
  onlyFailedRequests(profiles[1]);
});

/** A browser reports an answer of 4xx in the console; a test that provokes one expects exactly that. */
function onlyFailedRequests({ faults }) {
  for (const fault of faults.splice(0)) assert.match(fault, /Failed to load resource/);
}

test("a code that nobody answers ends by itself on both screens", { timeout: 120_000 }, async () => {
  await requestLogin(website, phone);
  await website.getByText("no longer valid").first().waitFor({ timeout: 90_000 });
  await phone.getByText("Request expired", { exact: true }).waitFor({ timeout: 10_000 });
  await hook(website, "retry").waitFor();
});

/** Presses Tab until the control has the focus, as a person without a mouse does. */
async function tabTo(page, id) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.dataset?.testid)) === id) return;
  }
  assert.fail(`${id} cannot be reached with the Tab key`);
}
