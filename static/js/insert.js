// Buttons that write a field of the letter where the cursor was (data-writes="…"), in the last of the questions
// named by data-into="id id"; the last of them when none had the cursor yet. Without script people type them.

export function enhance(list) {
  const fields = list.dataset.into.split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  if (!fields.length) return;
  let chosen = fields.at(-1);
  for (const field of fields) field.addEventListener("focus", () => { chosen = field; });

  for (const button of list.querySelectorAll("[data-writes]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      chosen.focus();
      chosen.setRangeText(button.dataset.writes, chosen.selectionStart, chosen.selectionEnd, "end");
      chosen.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}
