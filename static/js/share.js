// Hands the address of the page to the applications of this device; hidden where the device has no such way.

export function enhance(button) {
  const { title, text, address } = button.dataset;
  if (!navigator.share) return;
  button.hidden = false;

  button.addEventListener("click", async () => {
    try {
      await navigator.share({ title, text, url: address });
    } catch {
      // The person closed the list of applications: nothing to say.
    }
  });
}
