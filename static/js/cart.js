// Cart: saves quantities as they change and updates the totals. "Check out" sends the quantities, too, so
// the cart does not depend on this.
import { fetchPage, replaceElement } from "./page-update.js";
import { startSteppers } from "./stepper.js";

const DELAY = 400;

startSteppers(document);
const form = document.getElementById("cart");
if (form) startCart(form);

function startCart(form) {
  let latest = 0;
  let timer;

  async function updateCart() {
    const turn = ++latest;
    const page = await fetchPage(form.action, new FormData(form));
    document.dispatchEvent(new Event("cart-change"));
    if (turn !== latest) return; // a later change is on its way
    if (countLines(page) === countLines(document)) replaceLiveParts(page);
    else location.reload();
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => updateCart().catch(() => {}), DELAY);
  });
}

function countLines(page) {
  return page.querySelectorAll(".cart__line").length;
}

/** Replace each [data-live] element with the one of the same id. */
export function replaceLiveParts(page) {
  for (const fresh of page.querySelectorAll("[data-live]")) {
    replaceElement(document.getElementById(fresh.id), fresh);
  }
}
