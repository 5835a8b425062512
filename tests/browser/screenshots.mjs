/**
 * Pictures of the demo: `IDP_URL=... node screenshots.mjs OUTDIR` writes one PNG per state, scheme and width, and
 * `login.png`, the two sides of a login beside each other, for the README.
 */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  BASE,
  DESKTOP,
  hook,
  launch,
  openPhone,
  openProfile,
  openWebsite,
  PHONE,
  requestLogin,
  startOver,
} from "./demo.mjs";

const HALF = { width: 620, height: 940 };

const directory = process.argv[2];
if (!directory) throw new Error("usage: IDP_URL=... node screenshots.mjs OUTDIR");
await mkdir(directory, { recursive: true });
const browser = await launch();
try {
  const options = { deviceScaleFactor: 2 };
  const [one, two] = [await openProfile(browser, options), await openProfile(browser, options)];
  const website = await openWebsite(one.context);
  const phone = await openPhone(two.context);
  await pages(one.context);
  await picture(website, "website-form");
  await picture(phone, "phone-home");
  await login(website, phone);
  await declined(website, phone);
  await verification(website, phone);
} finally {
  await browser.close();
}

/** The same state in both schemes, on a desktop and on a phone. */
async function picture(page, name, { fullPage = true } = {}) {
  for (const [width, viewport] of Object.entries({ desktop: DESKTOP, narrow: PHONE })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`), fullPage });
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}

async function pages(context) {
  const page = await context.newPage();
  await page.goto(`${BASE}/demo`);
  await picture(page, "demo");
  await page.goto(`${BASE}/i/sess_0123456789abcdefghijkl`);
  await picture(page, "scanned");
  await page.close();
}

async function login(website, phone) {
  await requestLogin(website, phone);
  for (const colorScheme of ["light", "dark"]) await sideBySide(website, phone, colorScheme);
  await picture(website, "website-code");
  // The decision is held at the lower edge of the screen, so that only the screen itself makes a true picture.
  await picture(phone, "phone-consent", { fullPage: false });
  await hook(phone, "switch-identity:name").uncheck();
  await hook(phone, "approve").click();
  await hook(website, "claims").waitFor();
  await hook(phone, "result").waitFor();
  await picture(website, "website-verified");
  await picture(phone, "phone-approved");
  await startOver(website, phone);
}

async function declined(website, phone) {
  await requestLogin(website, phone);
  await hook(phone, "decline").click();
  await hook(website, "retry").waitFor();
  await picture(website, "website-declined");
  await picture(phone, "phone-declined");
  await startOver(website, phone);
}

async function verification(website, phone) {
  await hook(website, "qr-start").click();
  await hook(website, "qr").waitFor();
  await picture(website, "website-qr");
  await website.locator("[data-cancel]:visible").click();
  await startOver(website, phone);
}

/** Lays the two windows beside each other on a third page, at the same moment of the same login. */
async function sideBySide(website, phone, colorScheme) {
  const shots = [];
  for (const page of [website, phone]) {
    await page.setViewportSize(HALF);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    shots.push(await page.screenshot());
  }
  const [left, right] = shots.map((shot) => `data:image/png;base64,${shot.toString("base64")}`);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1.5, colorScheme });
  const template = await readFile(new URL("./side-by-side.html", import.meta.url), "utf8");
  await page.setContent(template.replace("{left}", left).replace("{right}", right));
  await page
    .locator("img")
    .last()
    .evaluate((image) => image.decode());
  const suffix = colorScheme === "light" ? "" : "-dark";
  await page.locator("main").screenshot({ path: join(directory, `login${suffix}.png`) });
  await page.close();
}
