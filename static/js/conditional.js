// Shows a part of the form only while the choice that asks for it is ticked (data-shows="id of the part").
// What is hidden is disabled too, so that it is not sent; without script all parts show and the server decides.

export function enhance(group) {
  const boxes = [...group.querySelectorAll("[data-shows]")];
  const parts = new Map();
  for (const box of boxes) {
    const part = document.getElementById(box.dataset.shows);
    if (part) parts.set(part, [...(parts.get(part) ?? []), box]);
  }

  const refresh = () => {
    for (const [part, askers] of parts) {
      const shown = askers.some((box) => box.checked);
      part.hidden = !shown;
      if ("disabled" in part) part.disabled = !shown;
    }
  };

  group.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh); // the browser may restore ticks after we ran
  refresh();
}
