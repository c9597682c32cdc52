// Turns a field of values separated by commas into chips. Without this, staff type the commas.
// A value with a comma stands in quotes: "1,5 l", 2 l

for (const input of document.querySelectorAll("input[data-chips]")) startChips(input);
document.addEventListener("formset:added", (event) => {
  for (const input of event.target.querySelectorAll("input[data-chips]")) startChips(input);
});

/** Return the values of a line, without empty and repeated ones. */
export function parseValues(line) {
  const values = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"?|([^,\n]*))[^,\n]*(?:[,\n]|$)/y;
  while (pattern.lastIndex < line.length) {
    const [, quoted, plain] = pattern.exec(line);
    const value = (quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim();
    if (value && !values.includes(value)) values.push(value);
  }
  return values;
}

/** Return the line of values. */
export function formatValues(values) {
  return values.map((value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(", ");
}

/** Split a value from its color code: `Black #1a1a1a`. */
export function splitColor(value) {
  const match = /^(.+) (#(?:[0-9a-f]{3}|[0-9a-f]{6}))$/i.exec(value);
  return match ? [match[1].trim(), match[2]] : [value, ""];
}

function startChips(input) {
  if (input.name.includes("__prefix__") || input.hidden) return;
  const field = document.createElement("span");
  field.className = "chips";
  const list = document.createElement("ul");
  const entry = document.createElement("input");
  entry.className = "chips-entry";
  entry.setAttribute("aria-label", input.getAttribute("aria-label") || "");
  entry.autocomplete = "off";
  entry.placeholder = input.placeholder;
  field.append(list, entry);
  input.hidden = true;
  input.after(field);

  const read = () => parseValues(input.value);

  function write(values) {
    input.value = formatValues(values);
    show();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show() {
    const values = read();
    list.replaceChildren(...values.map((value) => makeChip(value)));
    entry.placeholder = values.length ? "" : input.placeholder;
  }

  function makeChip(value) {
    const [text, color] = splitColor(value);
    const chip = document.createElement("li");
    if (color) {
      const dot = document.createElement("span");
      dot.className = "chip-color";
      dot.style.backgroundColor = color;
      chip.append(dot);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", input.dataset.remove.replace("{value}", text));
    button.addEventListener("click", () => {
      write(read().filter((each) => each !== value));
      entry.focus();
    });
    chip.append(text, button);
    return chip;
  }

  function addTyped() {
    const typed = parseValues(entry.value);
    entry.value = "";
    if (typed.length) write(parseValues(formatValues([...read(), ...typed])));
  }

  entry.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      addTyped();
    } else if (event.key === "Backspace" && !entry.value && read().length) {
      event.preventDefault();
      const values = read();
      entry.value = formatValues([values.pop()]);
      write(values);
    }
  });
  entry.addEventListener("input", () => {
    // A comma ends a value, unless a quote is open.
    const quotes = entry.value.split('"').length - 1;
    if (/[,\n]/.test(entry.value) && quotes % 2 === 0) addTyped();
  });
  entry.addEventListener("blur", addTyped);
  show();
}
