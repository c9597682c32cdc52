"use strict";
const form = document.getElementById("return");
const again = document.getElementById("return-again");
setTimeout(() => {
  if (again) again.submit();
  form.submit();
}, Number(form.dataset.wait));
