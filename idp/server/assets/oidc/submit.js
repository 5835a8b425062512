/** Sends the page's form at once: the person has decided already. Without scripts its button does it. */

document.querySelector("form[data-submit]")?.requestSubmit();
