// Prices, selling plans and the total.

/**
 * @typedef {{terms: string, saving: string, verification: string, first: string}} Terms
 * @typedef {Record<string, Record<string, Terms>>} Plans  by plan id and variant's price
 */

/** Show each plan's terms, and hide plans that the variant is not sold with. */
export function markPlans(inputs, variant, plans, format) {
  for (const input of inputs) {
    const card = input.closest("label");
    if (!input.value) {
      card.querySelector("[data-once]").textContent = format.format(variant.price);
      continue;
    }
    input.disabled = !variant.plans.includes(input.value);
    card.toggleAttribute("data-other", input.disabled);
    const { terms, saving, verification } = plans[input.value][variant.price];
    card.querySelector("[data-terms]").textContent = terms;
    showText(card.querySelector("[data-saving]"), saving);
    showText(card.querySelector("[data-verification]"), verification);
  }
}

/** Replace an unavailable plan with the first available one. */
export function choosePlan(inputs) {
  const available = inputs.filter((input) => !input.disabled);
  if (available.length && !available.some((input) => input.checked)) available[0].checked = true;
}

/** Return what one unit costs today. */
export function findFirstPayment(variant, planId, plans) {
  return planId ? plans[planId][variant.price].first : variant.price;
}

export function readAddOns(inputs) {
  return [...inputs].map((input) => ({
    price: input.dataset.price,
    quantity: +input.value || 0,
    ships: "ships" in input.dataset,
  }));
}

/** Return what was chosen for the parts of a bundle. */
export function readChoices(selects) {
  return [...selects].map(({ selectedOptions: [option], dataset }) => ({
    price: option.dataset.price,
    quantity: 1,
    ships: "ships" in dataset,
  }));
}

/** Add up hundredths, which are exact. */
export function computeTotal(price, quantity, addOns) {
  const sum = addOns.reduce((cents, addOn) => cents + toCents(addOn.price) * addOn.quantity, 0);
  return (toCents(price) * quantity + sum) / 100;
}

/**
 * Return what verifies a free start: an equal share for each item, rounded up to what can be paid.
 * Nothing if an add-on ships, because its shipping is charged instead.
 */
export function computeVerification({ amount, unit }, quantity, addOns) {
  if (addOns.some((addOn) => addOn.ships && addOn.quantity > 0)) return 0;
  const share = Math.ceil(toCents(amount) / quantity / toCents(unit)) * toCents(unit);
  return (share * quantity) / 100;
}

const toCents = (amount) => Math.round(amount * 100);

function showText(element, text) {
  element.textContent = text;
  element.hidden = !text;
}
