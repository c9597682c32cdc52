// Buttons that copy the field whose id is in data-copy.

const CONFIRMATION = 2000;

for (const button of document.querySelectorAll("[data-copy]")) startCopyButton(button);

function startCopyButton(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copyField(document.getElementById(button.dataset.copy));
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, CONFIRMATION);
  });
}

async function copyField(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
}
