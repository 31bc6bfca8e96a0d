// Suggestions under a search field (ARIA 1.2 combobox, list autocomplete). Choosing one opens its page or, with
// data-fills, writes its full name in the field.
// The form around it still works: Enter without a chosen suggestion sends it.

const PAUSE_MS = 150;
const SHORTEST = 2;

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function enhance(line) {
  const input = line.querySelector("input");
  const texts = line.dataset;
  const list = document.createElement("ul");
  const state = line.nextElementSibling;
  let results = [];
  let active = -1;
  let timer = 0;
  let request = null;

  list.id = `${input.id}-suggestions`;
  list.className = "search-box__list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", texts.label);
  list.hidden = true;
  line.append(list);

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  const open = (shown) => {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) point(-1);
  };

  const point = (index) => {
    active = index;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    input.setAttribute("aria-activedescendant", list.children[index].id);
    list.children[index].scrollIntoView({ block: "nearest" });
  };

  const say = (total) => {
    const shown = results.length;
    const template = !shown ? texts.none : total > shown ? texts.more : shown === 1 ? texts.one : texts.many;
    state.textContent = fill(template, { n: total, shown });
  };

  const draw = (answer) => {
    results = answer.resultats;
    list.replaceChildren(
      ...results.map((result, i) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${i}`;
        option.className = "search-box__option";
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = result.libelle;
        return option;
      }),
    );
    point(-1);
    open(results.length > 0);
    say(answer.total);
  };

  const forget = () => {
    clearTimeout(timer);
    request?.abort();
    results = [];
    list.replaceChildren();
    open(false);
  };

  const ask = async () => {
    request?.abort();
    request = new AbortController();
    const address = new URL(texts.source, location.href);
    address.searchParams.set("q", input.value.trim());
    try {
      const response = await fetch(address, { signal: request.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.status);
      draw(await response.json());
    } catch (error) {
      if (error.name === "AbortError") return;
      forget();
      state.textContent = texts.absent; // refused or no network: the plain form remains
    }
  };

  const choose = (index) => {
    if (!texts.fills) return location.assign(results[index].url);
    input.value = results[index].libelle;
    forget();
    state.textContent = "";
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < SHORTEST) {
      forget();
      state.textContent = "";
      return;
    }
    timer = setTimeout(ask, PAUSE_MS);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = results.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (last < 0) return;
      event.preventDefault();
      open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      point(active < 0 ? (step > 0 ? 0 : last) : (active + step + last + 1) % (last + 1));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    }
  });

  input.addEventListener("blur", () => open(false));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose([...list.children].indexOf(option));
  });
}
