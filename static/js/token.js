// Posts the token by itself once the page is seen by somebody. A program that only fetches it (the preview
// of a messenger, the scanner of a mail server) does not come this far.
(() => {
  const form = document.querySelector("[data-enter]");
  const enter = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", enter);
    // After this page has become the history's entry, so that "back" does not stop here.
    setTimeout(() => form.requestSubmit(), 0);
  };
  document.addEventListener("visibilitychange", enter);
  enter();
})();
