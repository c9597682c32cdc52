// Takes the next step of work that a page shows the progress of. Without this, staff press its button.

const form = document.querySelector("form[data-submit-at-once]");
if (form) form.requestSubmit();
