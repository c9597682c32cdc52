// Names for what Django's widgets leave without one: searchable choices, dates and times, an empty heading.
"use strict";
(() => {
  const words = (element) => element?.textContent.trim().replace(/:$/, "") ?? "";
  const heading = (field) => {
    const cell = field.closest("td");
    return words(cell?.closest("table").querySelectorAll("thead th, thead td")[cell.cellIndex]);
  };
  const label = (field) =>
    field.getAttribute("aria-label") ||
    words(document.querySelector(`label[for="${CSS.escape(field.id)}"]`)) ||
    heading(field) ||
    words(field.closest(".form-row")?.querySelector("legend, label"));
  const name = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
      for (const part of parts) part.setAttribute("aria-label", label(select));
    }
    for (const field of document.querySelectorAll(".vDateField, .vTimeField")) {
      if (!field.labels.length) field.setAttribute("aria-label", label(field));
    }
    for (const empty of document.querySelectorAll("thead th.original:empty")) {
      const cell = document.createElement("td");
      cell.className = "original";
      empty.replaceWith(cell);
    }
  };
  // The widgets make themselves whenever they like.
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  name();
})();
