/**
 * Signing in with OpenID Connect as a person does it: an application of its own, the provider's login page, a phone. Two browser
 * profiles, one running `idp demo` at IDP_URL.
 */

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { audit } from "./audit.mjs";
import { BASE, code, hook, launch, openPhone, openProfile } from "./demo.mjs";
import { askPhone, RelyingParty } from "./oidc.mjs";

const LANGUAGES = ["en", "fr", "de", "es", "it", "nl", "pl"];

let browser;
let party;
let profiles;
let page;
let phone;
let tokenId;

before(async () => {
  browser = await launch();
  party = await RelyingParty.open();
  profiles = [await openProfile(browser, { locale: "en-GB" }), await openProfile(browser)];
  phone = await openPhone(profiles[1].context);
  tokenId = (await (await fetch(`${BASE}/demo/config.json`)).json()).tokenId;
  page = await profiles[0].context.newPage();
});

after(async () => {
  await browser?.close();
  party?.close();
});

afterEach(async () => {
  const faults = profiles.flatMap((profile) => profile.faults.splice(0));
  await profiles[0].context.clearCookies();
  await hook(phone, "enrolled").or(hook(phone, "done")).filter({ visible: true }).waitFor();
  if (await hook(phone, "done").isVisible()) await hook(phone, "done").click();
  assert.deepEqual(faults, [], "no console error, no violation of the content security policy");
});

/** A request that its test leaves open would ask the phone until it expires. */
async function decline(requests) {
  for (let left = requests; left > 0; left -= 1) {
    await hook(phone, "consent").waitFor();
    await hook(phone, "decline").click();
    await hook(phone, "done").click();
  }
}

/** A cancelled login takes its question back from the phone that shows it. */
async function takenBack() {
  await hook(phone, "consent").waitFor({ state: "hidden" });
  await phone.getByText("The website took its question back.").waitFor({ state: "attached" });
}

/** Sends the person to the login page. */
async function open(parameters = {}, where = page) {
  const request = party.request({ login_hint: tokenId, ...parameters });
  await where.goto(request.address);
  await hook(where, "start").or(hook(where, "cancel")).first().waitFor();
  return request;
}

/** The browser is back where it came from, and the answer is the one to this request (RFC 9207). */
async function back(request, where = page) {
  const answer = await party.arrival();
  await where.waitForURL(/\/home$/);
  assert.equal(answer.state, request.sent.state);
  assert.equal(answer.iss, BASE);
  return answer;
}

test("code shown, one scope denied, approved: the application gets a code, tokens, and what was shared", async () => {
  const request = await open();
  assert.equal(await hook(page, "service-name").innerText(), "Bar Le Central");
  assert.equal(await hook(page, "token-id").inputValue(), tokenId);
  assert.match(await hook(page, "asks").innerText(), /Your name\s+Whether you are over 18/);
  await audit(page, "login, form");
  await askPhone(page, phone);
  const shown = await code(page);
  assert.match(shown, /^\d{6}$/);
  assert.equal(await code(phone), shown);
  assert.match(await hook(page, "otp").getAttribute("aria-label"), new RegExp([...shown].join(" ")));
  assert.match(await hook(page, "status").innerText(), /Waiting for your phone/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "compare-title");
  await audit(page, "login, code");

  await hook(phone, "switch-identity:name").uncheck();
  await hook(phone, "approve").click();
  const answer = await back(request);
  const tokens = await party.redeem(request, answer.code);
  assert.equal(tokens.token_type, "Bearer", JSON.stringify(tokens));
  const claims = await party.userinfo(tokens);
  assert.equal(claims.age_over_18, true);
  assert.equal("name" in claims || "given_name" in claims, false, "what was denied is absent");
});

test("no WebSocket gets through: the page asks for the state and still hears of the approval", async () => {
  const other = await profiles[0].context.newPage();
  let refused = 0;
  await other.routeWebSocket(/\/ws\//, (socket) => {
    refused += 1;
    socket.close({ code: 1011 });
  });
  const request = await open({}, other);
  await askPhone(other, phone);
  await hook(phone, "approve").click();
  assert.ok((await back(request, other)).code);
  assert.ok(refused > 0);
  await other.close();
});

test("declined on the phone, tried again by one press, cancelled: the application hears that access was denied", async () => {
  const request = await open();
  await askPhone(page, phone);
  const first = await code(page);
  await hook(phone, "decline").click();
  await page.getByRole("heading", { name: "Declined on the phone" }).waitFor();
  await audit(page, "login, declined");
  await hook(phone, "done").click();
  await hook(page, "retry").click();
  await hook(page, "otp").waitFor();
  await hook(phone, "consent").waitFor();
  assert.notEqual(await code(page), first);
  await hook(page, "cancel").click();
  const answer = await back(request);
  assert.equal(answer.error, "access_denied");
  assert.equal("code" in answer, false);
  await takenBack();
});

test("a code that ran out says so, and one press gets a new one", async () => {
  const other = await profiles[0].context.newPage();
  await other.clock.install();
  await open({}, other);
  await askPhone(other, phone);
  const first = await code(other);
  await other.clock.fastForward(61_000);
  await other.clock.runFor(5_000);
  await other.getByRole("heading", { name: "The code has expired" }).waitFor();
  await audit(other, "login, expired");
  await decline(1);
  await hook(other, "retry").click();
  await hook(other, "otp").waitFor();
  assert.notEqual(await code(other), first);
  await other.close();
  await decline(1);
});

test("a QR code in place of a tokenId, and the code on both screens after the scan", async () => {
  const request = await open({ login_hint: "" });
  assert.equal(await hook(page, "token-id").inputValue(), "");
  await hook(page, "qr-start").click();
  await hook(page, "qr").waitFor();
  assert.equal(await hook(page, "qr").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), true);
  await page.locator("summary").click();
  await audit(page, "login, QR code");
  await hook(phone, "paste-qr").fill(await hook(page, "qr-link").inputValue());
  await hook(phone, "claim-qr").click();
  await hook(phone, "consent").waitFor();
  await hook(page, "otp").waitFor();
  assert.equal(await code(phone), await code(page));
  await hook(phone, "approve").click();
  assert.ok((await back(request)).code);
});

test("a tokenId is remembered on this device only if the person wants it", async () => {
  const approve = async (remember) => {
    const request = await open({ login_hint: "", prompt: "login" });
    const found = await hook(page, "token-id").inputValue();
    await hook(page, "token-id").fill(tokenId);
    await hook(page, "remember").setChecked(remember);
    await askPhone(page, phone);
    await hook(phone, "approve").click();
    await back(request);
    await hook(phone, "done").click();
    return found;
  };
  const name = (cookie) => cookie.name.endsWith("idt_remembered") && cookie.value !== "";
  assert.equal(await approve(true), "");
  assert.ok((await profiles[0].context.cookies()).some(name));
  await open({ login_hint: "", prompt: "select_account" });
  assert.equal(await hook(page, "token-id").inputValue(), "", "the person is to choose");
  assert.equal(await approve(false), tokenId);
  assert.ok(!(await profiles[0].context.cookies()).some(name));
});

test("keyboard alone, and a reload in the middle", async () => {
  const request = await open();
  await tabTo("start");
  await page.keyboard.press("Enter");
  await hook(phone, "consent").waitFor();
  const shown = await code(page);
  await page.reload();
  await hook(page, "otp").waitFor();
  assert.equal(await code(page), shown);
  await tabTo("cancel");
  await page.keyboard.press("Enter");
  assert.equal((await back(request)).error, "access_denied");
  await takenBack();
});

/** Presses Tab until the control has the focus, as a person without a mouse does. */
async function tabTo(id) {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement?.dataset?.testid)) === id) return;
  }
  assert.fail(`${id} cannot be reached with the Tab key`);
}

test("what is no tokenId is said beside the field, and nobody is asked", async () => {
  await open({ login_hint: "" });
  await hook(page, "token-id").fill("not a token");
  await hook(page, "start").click();
  await page.getByText("This is not an IDToken.").first().waitFor();
  assert.equal(await hook(page, "token-id").getAttribute("aria-invalid"), "true");
  await audit(page, "login, not a tokenId");
  const faults = profiles[0].faults.splice(0);
  for (const fault of faults) assert.match(fault, /Failed to load resource/);
});

test("every language fits every screen and is announced as what it is", async () => {
  const seen = new Set();
  for (const language of LANGUAGES) {
    await open({ ui_locales: `${language} en`, scope: "openid identity:full identity:age_over_18 identity:age_range" });
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    seen.add(await page.title());
    await audit(page, `login in ${language}`);
  }
  assert.equal(seen.size, LANGUAGES.length);
});

test("the form post response mode arrives by itself", async () => {
  const request = await open({ response_mode: "form_post" });
  await askPhone(page, phone);
  await hook(phone, "approve").click();
  assert.ok((await back(request)).code);
});

test("without scripts the page says why it cannot go on, and cancelling works", async () => {
  const { context, faults } = await openProfile(browser, { javaScriptEnabled: false, locale: "en-GB" });
  const plain = await context.newPage();
  const request = party.request();
  await plain.goto(request.address);
  assert.match(await hook(plain, "noscript").innerText(), /needs JavaScript/);
  assert.equal(await hook(plain, "start").isVisible(), false);
  await hook(plain, "cancel").click();
  assert.equal((await back(request, plain)).error, "access_denied");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a wrong client or way back is a page, in words, with a stable code, and leads nowhere", async () => {
  const wrong = {
    unknown_client: { client_id: "nobody" },
    invalid_redirect_uri: { redirect_uri: "https://elsewhere.example/callback" },
  };
  for (const [expected, parameters] of Object.entries(wrong)) {
    await page.goto(party.request(parameters).address);
    assert.equal(await hook(page, "failure-code").innerText(), expected);
    assert.equal(await page.locator('a[href*="elsewhere.example"]').count(), 0);
    await audit(page, `failure ${expected}`);
  }
  for (const fault of profiles[0].faults.splice(0)) assert.match(fault, /Failed to load resource/);
});

test("the demo's own application: the whole flow in one browser, tokens verified there", async () => {
  await page.goto(`${BASE}/demo/oidc`);
  await hook(page, "start").click();
  await page.waitForURL(/\/oidc\/login\//);
  await hook(page, "token-id").fill(tokenId);
  await askPhone(page, phone);
  await hook(phone, "switch-identity:name").uncheck();
  await hook(phone, "approve").click();
  await hook(page, "claim-age_over_18").waitFor();
  assert.equal(await hook(page, "claim-name").count(), 0);
  assert.doesNotMatch(page.url(), /code=/, "the code does not stay in the address");
  await audit(page, "demo application, signed in");
  await hook(page, "leave").click();
  await hook(page, "start").waitFor();
  assert.match(page.url(), /\/demo\/oidc/);
  await audit(page, "demo application, form");
});

test("the demo's SAML service provider: request, approval, signed response, attributes", async () => {
  await page.goto(`${BASE}/demo/sp`);
  await audit(page, "demo service provider, form");
  await hook(page, "start").click();
  await page.waitForURL(/\/oidc\/login\//);
  await hook(page, "token-id").fill(tokenId);
  await askPhone(page, phone);
  await hook(phone, "approve").click();
  await hook(page, "attributes").waitFor();
  assert.match(await hook(page, "attributes").innerText(), /givenName\s+Jean/);
  await page.locator("summary").click();
  await audit(page, "demo service provider, signed in");
  await hook(page, "again").click();
  await hook(page, "start").waitFor();
});

test("signing out without a hint asks first, and the person may stay", async () => {
  const request = await open();
  await askPhone(page, phone);
  await hook(phone, "approve").click();
  await back(request);
  await page.goto(`${BASE}/oidc/end-session`);
  await audit(page, "sign out?");
  await hook(page, "stay").click();
  await hook(page, "still-signed-in").waitFor();
  await audit(page, "still signed in");
  await page.goto(`${BASE}/oidc/end-session`);
  await hook(page, "logout").click();
  await hook(page, "logged-out").waitFor();
  await audit(page, "signed out");
});

test("a device shows a code: typed wrongly, then brought along by the address, approved on the phone", async () => {
  const codes = await party.device("/oidc/device_authorization", { scope: "openid identity:name" });
  await page.goto(codes.verification_uri);
  await audit(page, "device, form");
  await hook(page, "user-code").fill("BBBB-BBBB");
  await hook(page, "user-code").press("Enter");
  await hook(page, "refusal").waitFor();
  assert.equal(await hook(page, "user-code").getAttribute("aria-invalid"), "true");
  await audit(page, "device, unknown code");
  for (const fault of profiles[0].faults.splice(0)) assert.match(fault, /Failed to load resource/);
  await page.goto(codes.verification_uri_complete);
  assert.equal(await hook(page, "user-code").inputValue(), codes.user_code);
  await hook(page, "device-continue").click();
  assert.equal(await hook(page, "service-name").innerText(), "Bar Le Central");
  await hook(page, "token-id").fill(tokenId);
  await askPhone(page, phone);
  await hook(phone, "approve").click();
  await page.getByRole("heading", { name: "Your device is connected" }).waitFor();
  await audit(page, "device, connected");
  const grant = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: codes.device_code };
  assert.ok((await party.device("/oidc/token", grant)).id_token);
});

test("another browser does not see the login, and is told what to do", async () => {
  await open();
  const { context, faults } = await openProfile(browser);
  const stranger = await context.newPage();
  await stranger.goto(page.url());
  assert.equal(await hook(stranger, "failure-code").innerText(), "other_browser");
  for (const fault of faults) assert.match(fault, /Failed to load resource/);
  await context.close();
});
