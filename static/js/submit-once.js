// A form leaves once: a second press while it is on its way does nothing, and the button says to wait.

export function enhance(form) {
  let pressed = null;

  form.addEventListener("submit", (event) => {
    if (pressed) {
      event.preventDefault();
      return;
    }
    pressed = event.submitter ?? form.querySelector("button[type=submit]");
    if (!pressed) return;
    pressed.setAttribute("aria-disabled", "true"); // not `disabled`: that would drop its name and its focus
    if (pressed.dataset.wait) {
      pressed.dataset.text = pressed.textContent;
      pressed.textContent = pressed.dataset.wait;
    }
  });

  // The page comes back from the browser's memory (« Précédent »): the form can leave again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted || !pressed) return;
    pressed.removeAttribute("aria-disabled");
    if (pressed.dataset.text) pressed.textContent = pressed.dataset.text;
    pressed = null;
  });
}
