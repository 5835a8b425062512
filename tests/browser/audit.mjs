/**
 * What every page must hold in every state: no accessibility violation and nothing wider than the screen, in both colour
 * schemes, at the width of a desktop and of a phone.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { DESKTOP, PHONE, SMALLEST } from "./demo.mjs";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** @param {import("playwright-core").Page} page @param {string} state names the state in a failure */
export async function audit(page, state) {
  for (const viewport of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await noViolations(page, `${state}, ${colorScheme}, ${viewport.width} px`);
    }
    await noOverflow(page, `${state}, ${viewport.width} px`);
  }
  await page.setViewportSize(SMALLEST);
  await noOverflow(page, `${state}, ${SMALLEST.width} px`);
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
}

async function noViolations(page, state) {
  // The debugger evaluates outside the page's Content-Security-Policy, which stays in force for the page itself.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), TAGS);
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`,
  );
  assert.deepEqual(found, [], `accessibility of ${state}`);
}

async function noOverflow(page, state) {
  const [content, screen] = await page.evaluate(() => {
    return [document.documentElement.scrollWidth, document.documentElement.clientWidth];
  });
  assert.ok(content <= screen, `${state}: content is ${content} px wide on a screen of ${screen} px`);
}
