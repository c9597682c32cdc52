// Zoom: a picture of the gallery over the whole window. Without scripts its link opens the picture itself.

/** The gallery's data-close, -next, -previous, -large and -small name the buttons. */
export function openZoom(gallery, link) {
  const links = [...gallery.querySelectorAll("[data-zoom]")];
  const text = gallery.dataset;
  let place = links.indexOf(link);
  const dialog = document.createElement("dialog");
  const frame = document.createElement("div");
  const buttons = document.createElement("div");
  dialog.className = "zoom";
  frame.className = "zoom__picture";
  frame.tabIndex = 0;
  buttons.className = "zoom__buttons";

  function show(step) {
    place = (place + step + links.length) % links.length;
    const picture = links[place].querySelector("picture").cloneNode(true);
    for (const part of picture.children) part.sizes = "200vw"; // the largest file
    frame.replaceChildren(picture);
    dialog.setAttribute("aria-label", links[place].textContent.trim());
    resize(false);
  }

  function resize(isLarge) {
    dialog.classList.toggle("zoom--large", isLarge);
    size.textContent = isLarge ? "−" : "+";
    size.setAttribute("aria-label", isLarge ? text.small : text.large);
    // Begin in the middle.
    frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, (frame.scrollHeight - frame.clientHeight) / 2);
  }

  const size = createButton("+", text.large, () => resize(!dialog.classList.contains("zoom--large")));
  const turns = links.length > 1;
  buttons.append(
    size,
    ...(turns ? [createButton("‹", text.previous, () => show(-1)), createButton("›", text.next, () => show(1))] : []),
    createButton("×", text.close, () => dialog.close()),
  );
  frame.addEventListener("click", () => resize(!dialog.classList.contains("zoom--large")));
  dialog.addEventListener("keydown", ({ key }) => {
    if (turns && key === "ArrowRight" && !dialog.classList.contains("zoom--large")) show(1);
    if (turns && key === "ArrowLeft" && !dialog.classList.contains("zoom--large")) show(-1);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(frame, buttons);
  show(0);
  document.body.append(dialog);
  dialog.showModal();
}

function createButton(sign, label, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "zoom__close";
  button.textContent = sign;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", onClick);
  return button;
}
