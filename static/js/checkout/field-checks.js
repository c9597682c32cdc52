// Checks a field when it is left, with the server's own messages, and takes a suggested email address.

export function startFieldChecks(form) {
  form.addEventListener("change", ({ target }) => {
    if (isChecked(target)) checkField(form, target);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button) return;
    event.preventDefault();
    takeSuggestion(button);
  });
}

/** Questions of a payment link are checked with the whole form. */
function isChecked(field) {
  return ["text", "email", "tel"].includes(field.type) && !/^(code$|note$|answer_)/.test(field.name);
}

async function checkField(form, field) {
  const { value } = field;
  const data = new URLSearchParams({ field: field.name, [field.name]: value });
  const prefix = field.name.startsWith("billing-") ? "billing-" : "";
  for (const name of ["country", "state"]) {
    const place = form.elements[prefix + name];
    if (place) data.set(name, place.value);
  }
  try {
    const response = await fetch(form.dataset.check, { method: "POST", body: data });
    const current = document.getElementById(field.id);
    if (response.status !== 200 || current?.value !== value) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    showCheck(form, current, page.querySelector(".field"));
  } catch {
    // Without a connection the form is checked when it is posted.
  }
}

/** Show the error or suggestion of the fresh field beside ours, and the value as it would be stored. */
export function showCheck(form, field, fresh) {
  const input = fresh.querySelector("[id]");
  const notes = [...fresh.querySelectorAll(".field__error, .field__suggestion")];
  const place = field.closest(".field");
  place.querySelectorAll(".field__error, .field__suggestion").forEach((note) => note.remove());
  place.append(...notes.map((note) => document.adoptNode(note)));
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (input.hasAttribute(name)) field.setAttribute(name, input.getAttribute(name));
    else field.removeAttribute(name);
  }
  if (!input.hasAttribute("aria-invalid")) field.value = input.value;
  const announcement = form.querySelector("[data-announcement]");
  if (announcement) announcement.textContent = notes.map((note) => note.textContent.trim()).join(" ");
}

/** Put the suggested address into the field above the button. */
export function takeSuggestion(button) {
  const input = button.closest(".field").querySelector("input");
  input.value = button.dataset.take;
  button.parentElement.remove();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
}
