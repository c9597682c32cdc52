// The number of items in the cart, in the header of every page. The pages are the same for everybody, so the
// number comes from a cookie.

const cart = document.querySelector("[data-cart]");
if (cart) startCartCount(cart);

export function readCartCount(cookies) {
  return +(/(?:^|; )cart_count=(\d{1,6})(?:;|$)/.exec(cookies)?.[1] ?? 0);
}

export function showCartCount(link, count) {
  const badge = link.querySelector("[data-cart-count]");
  badge.textContent = count > 99 ? "99+" : count;
  badge.hidden = !count;
  if (count) link.setAttribute("aria-label", link.dataset.cart.replace("{n}", count));
  else link.removeAttribute("aria-label");
}

function startCartCount(link) {
  const refresh = () => showCartCount(link, readCartCount(document.cookie));
  document.addEventListener("cart-change", refresh);
  addEventListener("pageshow", refresh); // also when a page comes back from the browser's memory
  refresh();
}
