// Keeps the progress of a running import up to date. Without JavaScript, the page reloads itself.

import { replaceElement } from "./page-update.js";

const SECONDS = 2;

async function update() {
  const shown = document.getElementById("import-progress");
  if (!shown?.hasAttribute("data-running")) return;
  try {
    const response = await fetch(window.location.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("import-progress");
    if (fresh && !fresh.hasAttribute("data-running")) {
      window.location.reload();
      return;
    }
    if (fresh) replaceElement(shown, fresh);
  } catch {
    // The network is away for a moment.
  }
  window.setTimeout(update, SECONDS * 1000);
}

window.setTimeout(update, SECONDS * 1000);
