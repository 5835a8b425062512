/** Goes back to the service once every frame has heard of the end of the session, or after three seconds. */

const PATIENCE_MILLISECONDS = 3000;

const loaded = [...document.querySelectorAll("iframe")].map(
  (frame) => new Promise((resolve) => frame.addEventListener("load", resolve, { once: true })),
);
const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS));
await Promise.race([Promise.all(loaded), patience]);
const link = document.querySelector("a[data-return]");
if (link) location.replace(link.href);
