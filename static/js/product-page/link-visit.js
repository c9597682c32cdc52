// Visits of a payment link, counted when its page is seen. Staff use #preview, which is not counted.

export function countVisit(address) {
  if (!address || location.hash === "#preview") return;
  const report = () => fetch(address, { method: "POST", credentials: "omit", keepalive: true }).catch(() => {});
  if (document.prerendering) document.addEventListener("prerenderingchange", report, { once: true });
  else report();
}
