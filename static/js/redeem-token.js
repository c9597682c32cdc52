// Posts the token when somebody sees the page. Programs that only fetch it (a messenger's preview, a mail
// server's scanner) do not get this far.

const form = document.querySelector("[data-enter]");
if (form) submitWhenVisible(form);

/** Submit the form now, or as soon as the page is shown. */
export function submitWhenVisible(form) {
  const submit = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", submit);
    // Wait until this page is the current history entry, so that "back" does not stop here.
    setTimeout(() => form.requestSubmit(), 0);
  };
  document.addEventListener("visibilitychange", submit);
  submit();
}
