// The variants table of a product: a row for each combination of the options as they are typed, cells that are
// filled down or in the selected rows, a keyboard that moves down a column, and marks on what isn't saved yet.

import { parseValues, splitColor } from "./admin-chips.js";

const MAX_VARIANTS = 500;
// More buttons than these are no help; a table of many values has a filter.
const MAX_CHOICES = 20;
const section = document.querySelector("[data-variants]");
if (section?.querySelector("[data-new-row]")) start();

function start() {
  const table = section.querySelector("tbody");
  const tools = section.querySelector(".variant-tools");
  const fields = () => [...table.querySelectorAll("td > :is(input, select)")].filter((field) => field.name);
  let isSaving = false;

  tools.hidden = false;
  const selectAll = section.querySelector("[data-select-all]");
  selectAll.hidden = false;
  const rows = () => [...table.querySelectorAll(".variant-row")];
  const chosen = () => rows().filter((row) => row.querySelector("[data-select]").checked);
  for (const row of rows()) row.querySelector("[data-select]").hidden = false;

  startFill();
  startKeys();
  startNewRows();
  markChanges();

  table.addEventListener("input", markChanges);
  table.addEventListener("change", markChanges);
  selectAll.addEventListener("change", () => {
    for (const row of rows()) row.querySelector("[data-select]").checked = selectAll.checked;
    markChanges();
  });
  section.closest("form").addEventListener("submit", () => { isSaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!isSaving && table.querySelector(".is-changed")) event.preventDefault();
  });

  // --- What isn't saved yet

  function markChanges() {
    let count = 0;
    for (const field of fields()) {
      const isNew = field.closest("[data-new]");
      const isChanged = !isNew && hasChanged(field);
      field.parentElement.classList.toggle("is-changed", isChanged);
      if (isChanged) count += 1;
    }
    for (const row of rows()) row.classList.toggle("is-chosen", row.querySelector("[data-select]").checked);
    const text = count === 1 ? section.dataset.changedOne : section.dataset.changedMany.replace("{n}", count);
    tools.querySelector("[data-status]").textContent = count ? text : "";
    const number = chosen().length;
    tools.querySelector("[data-fill]").textContent = number
      ? section.dataset.applyChosen.replace("{n}", number)
      : section.dataset.applyAll;
  }

  // --- Filling

  function setField(row, name, value) {
    const field = row.querySelector(`td.field-${name} > :is(input, select)`);
    if (!field) return;
    if (field.type === "checkbox") field.checked = value === true || value === "on";
    else field.value = value;
    field.dataset.touched = "";
  }

  function startFill() {
    const column = tools.querySelector("[data-fill-column]");
    const value = tools.querySelector("[data-fill-value]");
    column.addEventListener("change", () => {
      const model = section.querySelector("[data-new-row]").content.querySelector(`.field-${column.value} > input`);
      value.type = model.type;
      if (model.step) value.step = model.step;
    });
    column.dispatchEvent(new Event("change"));
    tools.querySelector("[data-fill]").addEventListener("click", fill);
    value.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      fill();
    });

    function fill() {
      const targets = chosen().length ? chosen() : rows();
      const filled = value.type === "checkbox" ? value.checked : value.value;
      for (const row of targets) setField(row, column.value, filled);
      markChanges();
    }
  }

  function fillDown(field) {
    const row = field.closest(".variant-row");
    const every = rows();
    const targets = chosen().length ? chosen() : every.slice(every.indexOf(row) + 1);
    const filled = field.type === "checkbox" ? field.checked : field.value;
    for (const target of targets) setField(target, columnOf(field), filled);
    markChanges();
  }

  const columnOf = (field) => /field-(\w+)/.exec(field.parentElement.className)[1];

  // --- Keyboard

  function startKeys() {
    table.addEventListener("keydown", (event) => {
      const field = event.target;
      if (!field.name || field.tagName !== "INPUT") return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") {
        event.preventDefault();
        fillDown(field);
      } else if (event.key === "Enter") {
        event.preventDefault();
        const every = rows();
        const next = every[every.indexOf(field.closest(".variant-row")) + (event.shiftKey ? -1 : 1)];
        const target = next?.querySelector(`td.field-${columnOf(field)} > input`);
        target?.focus();
        if (target?.type !== "checkbox") target?.select();
      }
    });
  }

  // --- Rows for new combinations

  function startNewRows() {
    const options = document.getElementById("options-group");
    const template = section.querySelector("[data-new-row]");
    const price = document.getElementById("id_new_price");
    const stock = document.getElementById("id_new_stock");
    const makeAll = document.getElementById("id_make_variants");
    const isNew = "isNew" in section.dataset;
    const offered = new Map(readOptions().map((option) => [option.id, option.values]));
    const newRows = new Map();
    for (const row of table.querySelectorAll("[data-new]")) {
      const values = readPairs(row).map(([, value]) => value);
      for (const field of row.querySelectorAll("td > input")) field.dataset.touched = "";
      newRows.set(JSON.stringify(values), row);
    }
    showChoices();
    if (!("isComplete" in section.dataset)) return;
    refresh();
    options.addEventListener("change", refresh);
    options.addEventListener("input", refresh);
    document.addEventListener("formset:removed", refresh);
    document.addEventListener("formset:added", refresh);
    for (const field of [price, stock]) field?.addEventListener("input", fillDefaults);
    makeAll?.addEventListener("change", refresh);
    table.addEventListener("input", (event) => { event.target.dataset.touched = ""; });

    function readOptions() {
      const found = [];
      for (const row of options.querySelectorAll("tbody tr.form-row:not(.empty-form)")) {
        const field = (name) => row.querySelector(`[name$="-${name}"]`);
        const line = field("value_line");
        if (!line || field("DELETE")?.checked) continue;
        const values = parseValues(line.value).map((value) => splitColor(value)[0]);
        if (!values.length) continue;
        found.push({
          id: field("id")?.value ?? "",
          name: field("name").value.trim(),
          place: Number(field("place")?.value) || Infinity,
          values,
        });
      }
      return found.sort((one, other) => (one.place === other.place ? 0 : one.place - other.place));
    }

    function listWanted(found) {
      const covered = new Set();
      for (const row of table.querySelectorAll("[data-values]")) {
        const own = readJson(row.dataset.values);
        const values = found.map((option) => own[option.id] ?? option.values[0]);
        row.classList.toggle("is-leaving", values.some((value, place) => !found[place].values.includes(value)));
        row.title = row.classList.contains("is-leaving") ? section.dataset.leaving : "";
        covered.add(JSON.stringify(values));
      }
      const count = found.reduce((product, option) => product * option.values.length, 1);
      tools.classList.toggle("has-too-many", count > MAX_VARIANTS);
      if (count > MAX_VARIANTS) return [];
      const every = found.reduce(
        (lists, option) => lists.flatMap((list) => option.values.map((value) => [...list, value])),
        [[]],
      );
      const isAdded = (values) => values.some((value, place) => !offered.get(found[place].id)?.includes(value));
      return every.filter(
        (values) => !covered.has(JSON.stringify(values)) && (isNew || makeAll?.checked || isAdded(values)),
      );
    }

    function refresh() {
      const found = readOptions();
      const wanted = listWanted(found);
      for (const row of table.querySelectorAll("[data-new]")) row.remove();
      wanted.forEach((values, number) => {
        const key = JSON.stringify(values);
        if (!newRows.has(key)) newRows.set(key, makeRow(values));
        const row = newRows.get(key);
        for (const field of row.querySelectorAll("[name]")) {
          field.name = field.name.replace(/new_variants-(?:\d+|__prefix__)-/, `new_variants-${number}-`);
          field.id = `id_${field.name}`;
        }
        row.querySelector("[name$=-combination]").value = JSON.stringify(
          found.map((option, place) => [option.name, values[place]]),
        );
        table.append(row);
      });
      section.querySelector("[name=new_variants-TOTAL_FORMS]").value = wanted.length;
      fillDefaults();
      showChoices();
      if (tools.classList.contains("has-too-many")) {
        tools.querySelector("[data-status]").textContent = section.dataset.tooMany;
      }
    }

    function makeRow(values) {
      const row = template.content.querySelector(".variant-row").cloneNode(true);
      const title = values.join(" / ") || section.dataset.only;
      row.querySelector(".variant-title").textContent = title;
      const select = row.querySelector("[data-select]");
      select.hidden = false;
      select.setAttribute("aria-label", section.dataset.select.replace("{title}", title));
      for (const field of row.querySelectorAll("td > input[name]")) {
        field.setAttribute("aria-label", `${title} ${field.getAttribute("aria-label")}`);
      }
      return row;
    }

    function fillDefaults() {
      const first = table.querySelector("[data-values] .field-price > input");
      for (const row of table.querySelectorAll("[data-new]")) {
        const defaults = { price: price?.value || first?.value || "", inventory_quantity: stock?.value ?? "" };
        for (const [name, value] of Object.entries(defaults)) {
          const field = row.querySelector(`.field-${name} > input`);
          if (!("touched" in field.dataset)) field.value = value;
        }
      }
      markChanges();
    }

    // Buttons that select all rows with a value.
    function showChoices() {
      const values = new Map();
      for (const row of rows()) {
        const own = "values" in row.dataset ? Object.values(readJson(row.dataset.values)) : readPairs(row).map(([, value]) => value);
        for (const value of own) values.set(value, [...(values.get(value) ?? []), row]);
      }
      const box = tools.querySelector("[data-choices]");
      const some = [...values].filter(([, found]) => found.length < rows().length);
      box.replaceChildren(
        ...some.map(([value, found]) => {
          const button = document.createElement("button");
          button.type = "button";
          button.textContent = value;
          button.addEventListener("click", () => {
            const isOn = found.every((row) => row.querySelector("[data-select]").checked);
            for (const row of found) row.querySelector("[data-select]").checked = !isOn;
            markChanges();
          });
          return button;
        }),
      );
      box.hidden = !some.length || some.length > MAX_CHOICES;
    }
  }
}

function hasChanged(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") {
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  return field.value !== field.defaultValue;
}

/** Return the option names and values of a row that is to be created. */
function readPairs(row) {
  const pairs = readJson(row.querySelector("[name$=-combination]").value);
  return Array.isArray(pairs) ? pairs : [];
}

function readJson(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
