// A file too heavy is told as soon as it is chosen, rather than after minutes of sending.
// The element is that sentence, hidden; it says whose file (data-weighs="id") and how many bytes are taken (data-most).

export function enhance(sentence) {
  const field = document.getElementById(sentence.dataset.weighs);
  if (!field) return;

  field.addEventListener("change", () => {
    const isOver = [...field.files].some((file) => file.size > Number(sentence.dataset.most));
    if (isOver) field.value = "";
    sentence.hidden = !isOver;
  });
}
