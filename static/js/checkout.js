// Checkout: after a change of country or shipping, fetches the page and replaces the parts that differ.
// Keeps what is typed, checks fields when they are left, and lets the shopper pay only once.
import { fillFields, isTyped, readDraftValues, restoreDraft, saveDraft } from "./checkout/draft.js";
import { startFieldChecks } from "./checkout/field-checks.js";
import { watchPayButton } from "./checkout/pay-bar.js";
import { fetchPage, replaceElement } from "./page-update.js";

const PARTS = [
  "checkout-brief",
  "checkout-address",
  "checkout-billing",
  "checkout-shipping",
  "checkout-payment",
  "checkout-bar",
  "checkout-summary",
  "checkout-problems",
];

const form = document.querySelector("[data-checkout]");
if (form) startCheckout(form);

function startCheckout(form) {
  let latest = 0;
  const watchAgain = watchPayButton(form);

  async function updateCheckout() {
    const turn = ++latest;
    const data = new FormData(form);
    data.set("update", "script");
    form.setAttribute("aria-busy", "true");
    try {
      const page = await fetchPage(form.getAttribute("action"), data);
      if (turn !== latest || !page.querySelector("[data-checkout]")) return;
      const typed = readTypedValues(form);
      const focused = document.activeElement?.id || document.activeElement?.value;
      replaceParts(page, PARTS);
      fillFields(form, readDraftValues());
      restoreTypedValues(form, typed);
      watchAgain();
      if (document.activeElement === document.body && focused) restoreFocus(form, focused);
    } finally {
      if (turn === latest) form.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("change", (event) => {
    saveDraft(form);
    if (event.target.matches("[data-updates]")) updateCheckout();
  });
  form.addEventListener("input", ({ target }) => {
    saveDraft(form);
    clearFieldError(form, target);
  });
  startFieldChecks(form);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name) return; // an update, or another language
    if (lockPayButton(form)) latest++; // drops an update that is still on its way
    else event.preventDefault();
  });
  // After "back" from Link, the browser may show the page as it was left.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    form.removeAttribute("aria-busy");
    for (const button of listPayButtons(form)) button.removeAttribute("aria-busy");
  });
  document.querySelector("[data-problems]")?.focus();
  if ("posted" in form.dataset) saveDraft(form);
  else if (restoreDraft(form)) updateCheckout();
}

/** Return the values of text fields and selects by name. */
export function readTypedValues(form) {
  return new Map([...form.elements].filter(isTyped).map((element) => [element.name, element.value]));
}

/** Put back what was typed during the request, even if that is nothing. */
export function restoreTypedValues(form, values) {
  for (const element of [...form.elements].filter(isTyped)) {
    if (values.get(element.name) === "" && !element.options) element.value = "";
  }
  fillFields(form, values);
}

/** Replace the parts with these ids that differ, so that a button being pressed stays in place if it can. */
export function replaceParts(page, ids) {
  for (const id of ids) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh) continue;
    if (old.open) fresh.open = true;
    if (!old.isEqualNode(fresh)) replaceElement(old, fresh);
  }
}

/** Focus the field that had the focus, known by its id or, for a radio button, its value. */
function restoreFocus(form, focused) {
  const field = document.getElementById(focused) || form.querySelector(`[value="${CSS.escape(focused)}"]`);
  field?.focus();
}

/** Remove the error of a field that is being corrected. The server checks it again. */
export function clearFieldError(form, field) {
  if (!field.hasAttribute("aria-invalid")) return;
  field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id}_error`)?.remove();
  form.querySelector(`.problems a[href="#${field.id}"]`)?.parentElement.remove();
  if (!form.querySelector("[aria-invalid]")) form.querySelector(".notice:has(.problems)")?.remove();
}

function listPayButtons(form) {
  return form.querySelectorAll("[data-pay], [data-pay-bar]");
}

/** Mark the pay buttons as busy; return false if they already are. */
export function lockPayButton(form) {
  const buttons = [...listPayButtons(form)];
  if (buttons.some((button) => button.getAttribute("aria-busy") === "true")) return false;
  for (const button of buttons) button.setAttribute("aria-busy", "true");
  return true;
}
