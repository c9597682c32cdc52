// The bar with the total and a button at the foot of a phone's window, until the form's own button is in view.

/** Follow the pay button. Return a function to call when the button was replaced. */
export function watchPayButton(form) {
  // What is above the window counts as seen.
  const observer = new IntersectionObserver(([entry]) => {
    form.classList.add("has-pay-watch");
    form.classList.toggle("is-at-pay", entry.isIntersecting);
  }, { rootMargin: "1000000px 0px 0px 0px" });
  const watch = () => {
    observer.disconnect();
    observer.observe(form.querySelector("[data-pay]"));
  };
  watch();
  return watch;
}
