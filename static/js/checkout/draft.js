// What was typed, kept in this tab until it is closed, for shoppers who leave the page and come back.

const KEY = "checkout-draft";
const KINDS = ["text", "email", "tel", "number", "date", "select-one"];

/** Return true for a field whose value is typed or chosen from a list. */
export function isTyped(element) {
  return KINDS.includes(element.type) && element.name !== "code";
}

/** Return [what the server had put there, value] by name. */
function readDraft() {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Map();
  }
}

/** Add the form's values to the draft. Fields that another country's address lacks stay in it. */
export function saveDraft(form) {
  const draft = readDraft();
  for (const field of [...form.elements].filter(isTyped)) draft.set(field.name, [readDefault(field), field.value]);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...draft]));
  } catch {
    // Storage is full or switched off: the page works without.
  }
}

/** Put the draft into the fields, but for those where the server knows more by now. Tell if it changed the country. */
export function restoreDraft(form) {
  const country = form.elements.country?.value;
  const draft = [...readDraft()].filter(([name, [before]]) => {
    const field = form.elements[name];
    return field && isTyped(field) && readDefault(field) === before;
  });
  fillFields(form, new Map(draft.map(([name, [, value]]) => [name, value])));
  return form.elements.country?.value !== country;
}

/** Return what was typed into any field since the tab was opened. */
export function readDraftValues() {
  return new Map([...readDraft()].map(([name, [, value]]) => [name, value]));
}

/** Put values into the fields with these names. A select keeps its value when it has no such option. */
export function fillFields(form, values) {
  for (const element of [...form.elements].filter(isTyped)) {
    const value = values.get(element.name);
    const hasOption = !element.options || [...element.options].some((option) => option.value === value);
    if (value && hasOption) element.value = value;
  }
}

function readDefault(field) {
  if (!field.options) return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
}
