// Accessible names that Django's widgets lack: searchable selects, dates and times, fields in tables, an empty
// table heading, hints that are pictures. A table that is wider than the page can be scrolled by keyboard.

// Widgets add elements at any time.
new MutationObserver(nameWidgets).observe(document.body, { childList: true, subtree: true });
nameWidgets();

function nameWidgets() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
    for (const part of parts) part.setAttribute("aria-label", findLabel(select));
  }
  const unnamed = ".vDateField, .vTimeField, .tabular td :is(input, select, textarea):not([type=hidden]), #result_list td :is(input, select):not([type=hidden], [type=checkbox])";
  for (const field of document.querySelectorAll(unnamed)) {
    if (!field.labels.length) field.setAttribute("aria-label", findLabel(field));
  }
  for (const heading of document.querySelectorAll("thead th:empty")) {
    const cell = document.createElement("td");
    cell.className = heading.className;
    heading.replaceWith(cell);
  }
  for (const hint of document.querySelectorAll("span.help-tooltip[aria-label]")) hint.setAttribute("role", "img");
  for (const group of document.querySelectorAll(".inline-group, #changelist .results")) {
    if (group.scrollWidth > group.clientWidth) group.tabIndex = 0;
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
