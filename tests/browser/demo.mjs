/**
 * Drives the demo's two pages in a real browser: what the tests and the screenshots have in common.
 */

import { chromium } from "playwright-core";

export const BASE = (process.env.IDP_URL ?? "").replace(/\/$/, "");

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };
export const SMALLEST = { width: 320, height: 640 };

export function launch() {
  if (BASE === "") throw new Error("IDP_URL must be the base URL of a running `idp demo`");
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
}

/** A browser profile of its own, so that the website and the phone share nothing; `faults` collects what must not happen. */
export async function openProfile(browser, options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", ...options });
  const faults = [];
  context.on("weberror", (event) => faults.push(`uncaught: ${event.error().message}`));
  context.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  return { context, faults };
}

export const hook = (page, id) => page.getByTestId(id);

/** A phone that has enrolled itself and waits. */
export async function openPhone(context) {
  const page = await context.newPage();
  await page.goto(`${BASE}/demo/phone`);
  await hook(page, "enrolled").waitFor();
  return page;
}

export async function openWebsite(context) {
  const page = await context.newPage();
  await page.goto(`${BASE}/demo/rp`);
  await hook(page, "start").waitFor();
  return page;
}

/** Starts a login on the website and waits until both screens show it. */
export async function requestLogin(website, phone) {
  await hook(website, "start").click();
  await hook(website, "otp").waitFor();
  await hook(phone, "consent").waitFor();
}

export const code = (page) => page.locator('[data-testid="otp"][data-code]').getAttribute("data-code");

/** Back to the form, whatever the website shows; back to the card on the phone, open requests declined. */
export async function startOver(website, phone) {
  await clickIfVisible(website.locator("[data-again]:visible, [data-cancel]:visible").first());
  await hook(website, "start").waitFor();
  await clickIfVisible(hook(phone, "decline"));
  await hook(phone, "enrolled").or(hook(phone, "done")).filter({ visible: true }).waitFor();
  await clickIfVisible(hook(phone, "done"));
  await hook(phone, "enrolled").waitFor();
}

async function clickIfVisible(control) {
  if (await control.isVisible()) await control.click();
}
