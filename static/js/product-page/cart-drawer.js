// "Add to cart" without leaving the page: a dialog shows the cart. Without it, the form opens the cart page.

export async function addToCart(form, button) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const data = new FormData(form, button);
  data.set("drawer", "");
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: data });
    if (answer.ok) showDrawer(await answer.text());
    else leave(form, button); // refused, and the page says why
  } catch {
    location.assign(button.dataset.add); // it may have been added, and the cart page knows
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function leave(form, button) {
  button.dataset.leave = "";
  form.requestSubmit(button);
  delete button.dataset.leave;
}

/** Open the content, a part of a page, in a dialog. */
export function showDrawer(html) {
  const dialog = document.createElement("dialog");
  dialog.className = "drawer";
  dialog.setAttribute("aria-labelledby", "cart-drawer-title");
  dialog.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("h2")?.focus();
  document.dispatchEvent(new Event("cart-change"));
}
