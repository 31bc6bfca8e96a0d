// Copies the text that the button names (data-copies="id") and says so in the status beside it.

export function enhance(button) {
  const source = document.getElementById(button.dataset.copies);
  const status = document.getElementById(button.dataset.status);
  if (!source || !status || !navigator.clipboard) return;
  button.hidden = false;

  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
      status.textContent = button.dataset.done;
    } catch {
      source.focus();
      source.select?.();
      status.textContent = button.dataset.refused;
    }
  });
}
