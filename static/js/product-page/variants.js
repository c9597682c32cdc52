// Variants: found by their options; options that are unavailable.

/**
 * A null stock is unlimited or not shown.
 * @typedef {{id: string, options: string[], price: string, stock: ?number, picture: ?string, plans: string[]}} Variant
 */

/** @returns {?Variant} */
export function findVariant(variants, options) {
  return variants.find((variant) => options.every((option, place) => variant.options[place] === option));
}

/** Say why the variant cannot be bought, if it cannot. */
export function describeProblem(variant, { notSold, soldOut }) {
  if (!variant) return notSold;
  return variant.stock === 0 ? soldOut : "";
}

export function describeStock(variant, text) {
  return describeProblem(variant, text) || (variant.stock ? text.left.replace("{n}", variant.stock) : "");
}

export function readOptions(groups) {
  return groups.map((group) => group.querySelector(":checked")?.value ?? "");
}

/** Show the chosen values, and mark values that the other choices make unavailable. */
export function markOptions(groups, options, variants, text) {
  groups.forEach((group, place) => {
    group.querySelector("[data-chosen]").textContent = options[place];
    for (const label of group.querySelectorAll("label")) {
      const { value } = label.querySelector("input");
      const variant = findVariant(variants, options.map((option, at) => (at === place ? value : option)));
      const problem = describeProblem(variant, text);
      label.classList.toggle("swatch--gone", problem !== "");
      label.title = problem;
      label.querySelector("[data-state]").textContent = problem;
    }
  });
}
