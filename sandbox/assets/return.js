"use strict";
// Posts the return the way a hosted page does: by itself, after data-delay milliseconds.
const returnForm = document.getElementById("return");
const secondForm = document.getElementById("return-again");
setTimeout(() => {
  if (secondForm) secondForm.submit();
  returnForm.submit();
}, Number(returnForm.dataset.delay));
