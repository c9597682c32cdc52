// The pictures of a product: files that are dropped or chosen go up one after another, each with its progress;
// pictures are dragged or moved into order. Without this, a form takes the files, and numbers order them.

const drop = document.querySelector("[data-drop]");
if (drop) startDrop();
const list = document.querySelector("[data-pictures]");
if (list) startOrder();
const checks = document.querySelector("[data-check-values]");
if (checks) startChecks();

function startDrop() {
  const input = drop.querySelector("input[type=file]");
  const uploads = drop.querySelector("[data-uploads]");
  const waiting = [];
  let isBusy = false;
  let added = 0;
  let failed = 0;

  drop.querySelector("[data-hint]").hidden = false;
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  drop.addEventListener("dragleave", (event) => {
    if (!drop.contains(event.relatedTarget)) drop.classList.remove("is-over");
  });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    add(event.dataTransfer.files);
  });

  function add(files) {
    for (const file of files) {
      const line = document.createElement("li");
      const name = document.createElement("span");
      name.textContent = file.name;
      const state = document.createElement("span");
      const progress = document.createElement("progress");
      progress.max = 1;
      progress.value = 0;
      progress.setAttribute("aria-label", file.name);
      state.textContent = drop.dataset.waiting;
      line.append(name, " ", progress, " ", state);
      uploads.append(line);
      if (file.size > Number(drop.dataset.maxBytes)) fail({ line, progress, state }, drop.dataset.tooBig);
      else waiting.push({ file, line, progress, state });
    }
    if (!isBusy) next();
  }

  function next() {
    const upload = waiting.shift();
    isBusy = Boolean(upload);
    if (upload) {
      send(upload);
    } else if (added) {
      // Nothing that was typed is lost, and every reason can be read.
      if (!failed && !document.querySelector("#pictures_form.is-dirty")) window.location.reload();
      else offerReload();
    }
  }

  function offerReload() {
    drop.querySelector("[data-reload]")?.remove();
    const link = document.createElement("a");
    link.href = window.location.href;
    link.dataset.reload = "";
    link.textContent = drop.dataset.showAdded;
    uploads.after(link);
  }

  function send(upload) {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrfmiddlewaretoken", drop.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("pictures", upload.file);
    request.open("POST", drop.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      upload.progress.value = event.lengthComputable ? event.loaded / event.total : 0;
      upload.state.textContent = upload.progress.value < 1 ? `${Math.round(upload.progress.value * 100)} %` : drop.dataset.saving;
    });
    request.addEventListener("load", () => {
      const problems = readProblems(request);
      if (request.status === 200) {
        added += 1;
        upload.progress.value = 1;
        upload.state.textContent = drop.dataset.added;
      } else {
        fail(upload, problems || drop.dataset.failed);
      }
      next();
    });
    request.addEventListener("error", () => {
      fail(upload, drop.dataset.failed);
      next();
    });
    request.send(body);
  }

  function fail(upload, text) {
    failed += 1;
    upload.progress.remove();
    upload.line.className = "is-failed";
    upload.state.textContent = text;
  }
}

function readProblems(request) {
  try {
    return JSON.parse(request.responseText).problems.join(" ");
  } catch {
    return "";
  }
}

function startOrder() {
  const form = list.closest("form");
  const cards = () => [...list.querySelectorAll("[data-picture]")];
  if (!list.querySelector("[name$=-place]")) return;
  document.querySelector("[data-order-hint]").hidden = false;
  form.addEventListener("input", () => form.classList.add("is-dirty"));
  let dragged = null;

  for (const card of cards()) {
    for (const button of card.querySelectorAll("[data-move]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const every = cards();
        const other = every[every.indexOf(card) + Number(button.dataset.move)];
        if (!other) return;
        if (button.dataset.move === "1") other.after(card);
        else other.before(card);
        number();
        button.focus();
      });
    }
    const image = card.querySelector(".picture-image");
    image.draggable = true;
    image.addEventListener("dragstart", (event) => {
      dragged = card;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
      card.classList.add("is-dragged");
    });
    image.addEventListener("dragend", () => {
      card.classList.remove("is-dragged");
      dragged = null;
    });
    card.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      if (dragged === card) return;
      const every = cards();
      if (every.indexOf(dragged) < every.indexOf(card)) card.after(dragged);
      else card.before(dragged);
      number();
    });
  }

  function number() {
    cards().forEach((card, place) => { card.querySelector("[name$=-place]").value = place + 1; });
    form.classList.add("is-dirty");
  }
}

function startChecks() {
  checks.hidden = false;
  for (const button of checks.querySelectorAll("[data-check]")) {
    button.addEventListener("click", () => {
      const ids = new Set(button.dataset.check.split(" "));
      const boxes = [...document.querySelectorAll(".picture-variants input[type=checkbox]")].filter((box) => ids.has(box.value));
      const isOn = boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = !isOn;
    });
  }
}
