// Product page and payment link page. Both work without scripts: the server finds variant and price.
import { scrollToPicture, startGallery } from "./product-page/gallery.js";
import { countVisit } from "./product-page/link-visit.js";
import {
  choosePlan,
  computeTotal,
  computeVerification,
  findFirstPayment,
  markPlans,
  readAddOns,
  readChoices,
} from "./product-page/prices.js";
import { describeProblem, describeStock, findVariant, markOptions, readOptions } from "./product-page/variants.js";
import { startSuggestions } from "./product-page/free-amount.js";
import { limitStepper, startSteppers } from "./stepper.js";

startSteppers(document);
countVisit(document.querySelector("[data-visit]")?.dataset.visit);
const gallery = document.querySelector("[data-gallery]");
if (gallery) startGallery(gallery);
document.querySelector(".gallery")?.addEventListener("click", zoomPicture);
const form = document.querySelector("[data-product-form]");
if (form) {
  startProductForm(form, JSON.parse(document.getElementById("product-form-data").textContent));
  form.addEventListener("submit", addWithoutLeaving);
}

/** Open the clicked picture in a dialog. Its script is loaded when it is first needed, as is the cart's. */
function zoomPicture(event) {
  const link = event.target.closest("[data-zoom]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  import("./product-page/zoom.js")
    .then(({ openZoom }) => openZoom(link.closest(".gallery"), link))
    .catch(() => location.assign(link.href));
}

/** "Add to cart" shows the cart in a dialog. */
function addWithoutLeaving(event) {
  const button = event.submitter;
  if (!button?.dataset.add || "leave" in button.dataset) return;
  event.preventDefault();
  import("./product-page/cart-drawer.js")
    .then(({ addToCart }) => addToCart(form, button))
    .catch(() => {
      button.dataset.leave = ""; // without the script, the form opens the cart page
      form.requestSubmit(button);
    });
}

/** Show the chosen variant's stock, plans and price. */
function startProductForm(form, data) {
  const { variants, plans, currency, verification, quantity: firstQuantity } = data;
  const { max_quantity: maxQuantity, required_price: requiredPrice, included_price: includedPrice } = data;
  const text = form.dataset;
  const format = new Intl.NumberFormat(text.locale, { style: "currency", currency });
  const groups = [...form.querySelectorAll("[data-option]")];
  const planInputs = [...form.querySelectorAll('input[name="plan"]')];
  const addOnInputs = form.querySelectorAll("[data-stepper] [data-price]");
  const choices = form.querySelectorAll("select[data-choice]");
  const unitPrice = form.querySelector("[data-product-price]");
  const { quantity, amount } = form.elements;
  const price = document.querySelector("[data-price]");
  const former = document.querySelector("[data-former]");
  const perUnit = document.querySelector("[data-unit-price]");
  const stock = form.querySelector("[data-stock]");
  const total = form.querySelector("[data-total]");
  const buttons = [...form.querySelectorAll("[data-buy]")].filter((button) => !button.disabled);
  const labels = buttons.map((button) => button.textContent);
  const readChecked = (name) => form.querySelector(`input[name="${name}"]:checked`)?.value ?? "";
  let shownId = null;

  function refresh() {
    const options = readOptions(groups);
    const listedId = readChecked("variant");
    const variant = listedId ? variants.find(({ id }) => id === listedId) : findVariant(variants, options);
    if (groups.length) markOptions(groups, options, variants, text);
    showAvailability(variant);
    if (variant) showVariant(variant);
    else if (total) total.textContent = "–";
  }

  function showAvailability(variant) {
    if (!buttons.length) return; // nothing on this page can be bought, and the server says why
    const unavailable = describeProblem(variant, text) !== "";
    stock.textContent = describeStock(variant, text);
    stock.classList.toggle("product-form__stock--none", unavailable);
    buttons.forEach((button, place) => {
      button.disabled = unavailable;
      button.textContent = unavailable && place === 0 ? text.soldOut : labels[place];
    });
  }

  function showVariant(variant) {
    markPlans(planInputs, variant, plans, format);
    choosePlan(planInputs);
    if (quantity) limitStepper(quantity, variant.stock ? Math.min(maxQuantity, variant.stock) : maxQuantity);
    const required = [{ price: requiredPrice, quantity: 1 }, ...readChoices(choices)];
    if (price) price.textContent = format.format(computeTotal(variant.price, firstQuantity, required));
    if (unitPrice) unitPrice.textContent = format.format(computeTotal(variant.price, firstQuantity, []));
    if (former) former.textContent = variant.former ?? "";
    if (perUnit) perUnit.textContent = variant.unit_price ?? "";
    if (total) total.textContent = format.format(computeDueToday(variant));
    if (shownId !== null && shownId !== variant.id) scrollToPicture(variant.picture);
    shownId = variant.id;
  }

  function computeDueToday(variant) {
    const plan = readChecked("plan");
    const count = quantity ? +quantity.value || 1 : firstQuantity;
    const included = { price: includedPrice, quantity: 1, ships: data.included_ships };
    const addOns = [...readAddOns(addOnInputs), included, ...readChoices(choices)];
    const due = computeTotal(amount ? +amount.value || 0 : findFirstPayment(variant, plan, plans), count, addOns);
    return !due && plan ? computeVerification(verification, count, addOns) : due;
  }

  const suggestions = form.querySelector("[data-suggestions]");
  if (suggestions) startSuggestions(suggestions, amount, refresh);
  form.addEventListener("input", refresh);
  addEventListener("pageshow", refresh); // the browser has restored the choices
  refresh();
}
