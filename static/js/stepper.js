// Steppers: − and + around a number field, within its limits. The words are on an element around it.
// A script that changes the limits sends the stepper a "refresh".
"use strict";
for (const stepper of document.querySelectorAll("[data-stepper]")) {
  const input = stepper.querySelector("input");
  if (input.readOnly) continue;
  const words = stepper.closest("[data-more]").dataset;
  const limit = (value) => Math.min(Math.max(value, +input.min), Math.max(+input.max, +input.min));
  const set = (value) => {
    input.value = limit(value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const button = (sign, label, by) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "stepper__button";
    made.textContent = sign;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", () => set((+input.value || 0) + by));
    return made;
  };
  const fewer = button("−", words.fewer, -1);
  const more = button("+", words.more, 1);
  const refresh = () => {
    fewer.disabled = +input.value <= +input.min;
    more.disabled = +input.value >= +input.max;
  };
  input.before(fewer);
  input.after(more);
  input.addEventListener("input", refresh);
  input.addEventListener("change", () => set(Math.round(+input.value) || 0));
  stepper.addEventListener("refresh", refresh);
  refresh();
}
