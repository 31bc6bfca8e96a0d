// A button that prints: shown only where it works, that is with script.

export function enhance(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
