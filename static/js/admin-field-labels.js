// Accessible names that Django's widgets lack: searchable selects, dates and times, an empty table heading.

// Widgets add elements at any time.
new MutationObserver(nameWidgets).observe(document.body, { childList: true, subtree: true });
nameWidgets();

function nameWidgets() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
    for (const part of parts) part.setAttribute("aria-label", findLabel(select));
  }
  for (const field of document.querySelectorAll(".vDateField, .vTimeField")) {
    if (!field.labels.length) field.setAttribute("aria-label", findLabel(field));
  }
  for (const heading of document.querySelectorAll("thead th.original:empty")) {
    const cell = document.createElement("td");
    cell.className = "original";
    heading.replaceWith(cell);
  }
}

/** Return the text that names the field: its label, its column's heading, or its row's label. */
export function findLabel(field) {
  return (
    field.getAttribute("aria-label") ||
    readText(document.querySelector(`label[for="${CSS.escape(field.id)}"]`)) ||
    readText(findColumnHeading(field)) ||
    readText(field.closest(".form-row")?.querySelector("legend, label"))
  );
}

function findColumnHeading(field) {
  const cell = field.closest("td");
  return cell?.closest("table").querySelectorAll("thead th, thead td")[cell.cellIndex];
}

function readText(element) {
  return element?.textContent.trim().replace(/:$/, "") ?? "";
}
