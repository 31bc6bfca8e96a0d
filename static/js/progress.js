// While something leaves, asks for the page again every few seconds and puts its new figures in place of the old ones.
// It ends when the server draws no such part any more; a part in which somebody is typing waits for its turn.

const EVERY = 5000;

export function enhance(element) {
  const id = element.id;
  let current = element;

  const refresh = async () => {
    if (document.hidden || current.contains(document.activeElement)) return again();
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById(id);
      if (!next) return location.reload();
      const drawn = document.importNode(next, true);
      current.replaceWith(drawn);
      current = drawn;
      if (drawn.dataset.enhance) again();
    } catch {
      again(); // the line is down: the next time, perhaps
    }
  };
  const again = () => {
    setTimeout(refresh, EVERY);
  };
  again();
}
