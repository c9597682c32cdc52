// Another country or delivery: fetches the page with what was typed, and puts its changed parts in place.
// The button is pressed once.
(() => {
  const form = document.querySelector("[data-checkout]");
  const parts = ["checkout-brief", "checkout-address", "checkout-shipping", "checkout-summary", "checkout-problems"];
  let latest = 0;

  const kept = (element) => element.type === "text" || element.type === "select-one";
  const typed = () => new Map([...form.elements].filter(kept).map((e) => [e.name, e.value]));

  async function update() {
    const turn = ++latest;
    const data = new FormData(form);
    data.set("update", "script");
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(location.href, { method: "POST", body: data });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== latest || !page.querySelector("[data-checkout]")) return;
      const now = typed();
      const focused = document.activeElement?.id || document.activeElement?.value;
      for (const id of parts) {
        const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
        if (!old || !fresh) continue;
        if (old.open) fresh.open = true;
        // A button that is being pressed stays where it is, unless it says something else now.
        if (old.isEqualNode(fresh)) continue;
        old.replaceWith(document.adoptNode(fresh));
      }
      for (const element of form.elements) {
        // What was typed while the answer was on its way; another country's state is no choice here.
        const value = kept(element) ? now.get(element.name) : undefined;
        if (value !== undefined && (!element.options || [...element.options].some((o) => o.value === value))) {
          element.value = value;
        }
      }
      if (document.activeElement === document.body && focused) {
        const again = document.getElementById(focused) || form.querySelector(`[value="${CSS.escape(focused)}"]`);
        again?.focus();
      }
    } finally {
      if (turn === latest) form.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-updates]")) update();
  });

  // What is being put right is no longer called wrong; the server looks at all of it again.
  form.addEventListener("input", ({ target }) => {
    if (!target.hasAttribute("aria-invalid")) return;
    target.removeAttribute("aria-invalid");
    document.getElementById(`${target.id}_error`)?.remove();
    form.querySelector(`.problems a[href="#${target.id}"]`)?.parentElement.remove();
    if (!form.querySelector("[aria-invalid]")) form.querySelector(".notice:has(.problems)")?.remove();
  });

  form.addEventListener("submit", (event) => {
    const button = form.querySelector("[data-pay]");
    if (event.submitter?.name === "update") return;
    if (button.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-busy", "true");
    latest++; // what is on its way comes too late
  });
  // Back from Link by the back button: the page may be shown as it was left.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    form.removeAttribute("aria-busy");
    form.querySelector("[data-pay]").removeAttribute("aria-busy");
  });
})();
