// Asks how the payment went, at growing intervals, and reloads once it is known.
(() => {
  const place = document.querySelector("[data-confirming]");
  let wait = 2000;
  async function ask() {
    try {
      const answer = await fetch(place.dataset.confirming, { cache: "no-store" });
      if (answer.ok && (await answer.json()).state !== "confirming") {
        location.reload();
        return;
      }
    } catch {
      // No connection: ask again later.
    }
    wait = Math.min(wait * 1.3, 15000);
    setTimeout(ask, wait);
  }
  setTimeout(ask, wait);
})();
