// Quantities are kept as they change, and the sums follow. "Check out" sends them, too, so nothing hangs on this.
"use strict";
(() => {
  const form = document.getElementById("cart");
  const lines = (page) => page.querySelectorAll(".cart__line").length;
  let latest = 0;
  let timer;

  async function update() {
    const turn = ++latest;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== latest) return;
    if (lines(page) !== lines(document)) {
      location.reload();
      return;
    }
    for (const fresh of page.querySelectorAll("[data-live]")) {
      document.getElementById(fresh.id).replaceWith(document.adoptNode(fresh));
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => update().catch(() => {}), 400);
  });
})();
