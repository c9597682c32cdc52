// Buttons that fill in a suggested amount.

export function startSuggestions(buttons, field, onChange) {
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const suggested = event.target.closest("[data-amount]")?.dataset.amount;
    if (!suggested) return;
    field.value = suggested;
    onChange();
  });
}
