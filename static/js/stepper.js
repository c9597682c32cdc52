// Steppers: − and + around a number field, within its limits.

/** Add buttons, labeled by data-more and data-fewer of an element around the stepper. */
export function startSteppers(root) {
  for (const stepper of root.querySelectorAll("[data-stepper]")) {
    const input = stepper.querySelector("input");
    if (!input.readOnly) addStepperButtons(stepper, input, stepper.closest("[data-more]").dataset);
  }
}

export function limitStepper(input, max) {
  input.max = max;
  if (+input.value > max) input.value = max;
  input.parentElement.dispatchEvent(new Event("refresh"));
}

/** Return the nearest value within the limits; the minimum wins. */
export function clampValue(value, { min, max }) {
  return Math.min(Math.max(value, +min), Math.max(+max, +min));
}

function addStepperButtons(stepper, input, labels) {
  const setValue = (value) => {
    input.value = clampValue(value, input);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const fewer = createButton("−", labels.fewer, () => setValue((+input.value || 0) - 1));
  const more = createButton("+", labels.more, () => setValue((+input.value || 0) + 1));
  const refresh = () => {
    fewer.disabled = +input.value <= +input.min;
    more.disabled = +input.value >= +input.max;
  };
  input.before(fewer);
  input.after(more);
  input.addEventListener("input", refresh);
  input.addEventListener("change", () => setValue(Math.round(+input.value) || 0));
  stepper.addEventListener("refresh", refresh);
  refresh();
}

function createButton(sign, label, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "stepper__button";
  button.textContent = sign;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", onClick);
  return button;
}
