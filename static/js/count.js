// The length of a line while it is typed, its fields replaced by their examples ([data-writes], data-example).
// The element says whose (data-counts="id"), how many are shown (data-most) and both sentences, with {count}.

export function enhance(status) {
  const field = document.getElementById(status.dataset.counts);
  if (!field) return;
  const examples = new Map(
    [...document.querySelectorAll("[data-writes]")].map((button) => [button.dataset.writes, button.dataset.example]),
  );
  const example = (hole) => {
    const name = hole.replace(/[\s{}]/g, "");
    return examples.get(`{{${name.charAt(0).toLowerCase()}${name.slice(1)}}}`) ?? name;
  };

  const refresh = () => {
    const count = [...field.value.replace(/\{\{[^{}]*\}\}/g, example)].length;
    const isOver = count > Number(status.dataset.most);
    status.textContent = (isOver ? status.dataset.over : status.dataset.within).replace("{count}", count);
    status.classList.toggle("count--over", isOver);
  };

  field.addEventListener("input", refresh);
  refresh();
}
