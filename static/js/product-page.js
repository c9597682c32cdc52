// The product's and the link's page, made quicker to use. Everything works without this file: the form
// sends the option values, the server finds the variant and reckons the price.
(() => {
  "use strict";

  // --- A visit, counted once for each time the page is loaded and seen; staff look with #preview ------
  const visit = document.querySelector("[data-visit]")?.dataset.visit;
  const tell = () => fetch(visit, { method: "POST", credentials: "omit", keepalive: true }).catch(() => {});
  if (visit && location.hash !== "#preview") {
    if (document.prerendering) document.addEventListener("prerenderingchange", tell, { once: true });
    else tell();
  }

  // --- Gallery: thumbnails scroll the track, and show where it stands ---------------------------------
  const gallery = document.querySelector("[data-gallery]");
  const showPicture = (id) => {
    const slide = gallery && id && document.getElementById(id);
    if (slide) slide.parentElement.scrollTo({ left: slide.offsetLeft - slide.parentElement.offsetLeft });
  };
  if (gallery) {
    const track = gallery.querySelector(".gallery__track");
    const thumbs = [...gallery.querySelectorAll(".gallery__thumbs a")];
    thumbs.forEach((thumb) =>
      thumb.addEventListener("click", (event) => {
        event.preventDefault();
        showPicture(thumb.hash.slice(1));
      }),
    );
    track.addEventListener(
      "scroll",
      () => {
        const at = Math.round(track.scrollLeft / track.clientWidth);
        thumbs.forEach((thumb, place) =>
          place === at ? thumb.setAttribute("aria-current", "true") : thumb.removeAttribute("aria-current"),
        );
      },
      { passive: true },
    );
  }

  // --- Product form: which variant, is it to be had, what does it cost ----------------------------------------
  const form = document.querySelector("[data-product-form]");
  if (!form) return;
  const words = form.dataset;
  const { variants, plans, currency, max_quantity: maxQuantity } = JSON.parse(document.getElementById("product-form-data").textContent);
  const money = new Intl.NumberFormat(words.locale, { style: "currency", currency });
  const groups = [...form.querySelectorAll("[data-option]")];
  const quantity = form.elements.quantity;
  const price = document.querySelector("[data-price]");
  const stock = form.querySelector("[data-stock]");
  const total = form.querySelector("[data-total]");
  const buttons = [...form.querySelectorAll("[data-buy]")].filter((button) => !button.disabled);
  const names = buttons.map((button) => button.textContent);
  const value = (name) => form.querySelector(`input[name="${CSS.escape(name)}"]:checked`)?.value ?? "";
  const chosen = () => groups.map((group) => group.querySelector(":checked")?.value ?? "");
  const match = (options) =>
    variants.find((variant) => options.every((option, place) => variant.options[place] === option));

  const markOptions = (options) => {
    groups.forEach((group, place) => {
      group.querySelector("[data-chosen]").textContent = options[place];
      group.querySelectorAll("label").forEach((label) => {
        const other = label.querySelector("input").value;
        const one = match(options.map((option, at) => (at === place ? other : option)));
        const state = !one ? words.notSold : one.stock === 0 ? words.soldOut : "";
        label.classList.toggle("swatch--gone", state !== "");
        label.title = state;
        label.querySelector("[data-state]").textContent = state && `, ${state}`;
      });
    });
  };

  const markPlans = (variant) => {
    form.querySelectorAll('input[name="plan"]').forEach((input) => {
      const card = input.closest("label");
      if (!input.value) {
        card.querySelector("[data-once]").textContent = money.format(variant.price);
        return;
      }
      const available = variant.plans.includes(input.value);
      card.toggleAttribute("data-other", !available);
      input.disabled = !available;
      const at = plans[input.value][variant.price];
      card.querySelector("[data-terms]").textContent = at.terms;
      const saving = card.querySelector("[data-saving]");
      saving.textContent = at.saving;
      saving.hidden = !at.saving;
      const verification = card.querySelector("[data-verification]");
      verification.textContent = at.verification;
      verification.hidden = !at.verification;
    });
    const free = [...form.querySelectorAll('input[name="plan"]')].filter((input) => !input.disabled);
    if (free.length && !free.some((input) => input.checked)) free[0].checked = true;
  };

  const addOns = () =>
    [...form.querySelectorAll("[data-stepper] [data-price]")].reduce(
      (sum, input) => sum + Math.round(input.dataset.price * 100) * (+input.value || 0),
      0,
    );

  let shown = null;
  const refresh = () => {
    const options = chosen();
    const listed = value("variant");
    const variant = listed ? variants.find((one) => one.id === listed) : match(options);
    if (groups.length) markOptions(options);
    const short = !variant ? words.notSold : variant.stock === 0 ? words.soldOut : "";
    stock.textContent = short || (variant.stock ? words.left.replace("{n}", variant.stock) : "");
    stock.classList.toggle("product-form__stock--none", short !== "");
    buttons.forEach((button, place) => {
      button.disabled = short !== "";
      button.textContent = short && place === 0 ? words.soldOut : names[place];
    });
    if (!variant) {
      total.textContent = "–";
      return;
    }
    markPlans(variant);
    if (quantity) {
      quantity.max = variant.stock ? Math.min(maxQuantity, variant.stock) : maxQuantity;
      if (+quantity.value > +quantity.max) quantity.value = quantity.max;
      quantity.parentElement.dispatchEvent(new Event("refresh"));
    }
    const plan = value("plan");
    const first = plan ? plans[plan][variant.price].first : variant.price;
    price.textContent = money.format(variant.price);
    const cents = Math.round(first * 100) * (quantity ? +quantity.value || 1 : 1) + addOns();
    total.textContent = money.format(cents / 100);
    if (shown !== null && shown !== variant.id) showPicture(variant.picture);
    shown = variant.id;
  };

  form.addEventListener("input", refresh);
  // Coming back by the browser's button, the fields hold what was chosen.
  window.addEventListener("pageshow", refresh);
  refresh();
})();
