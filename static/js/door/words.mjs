// Every sentence comes from the page: `say("compte", { n: 3, total: 12 })`.

const sentences = new Map();

for (const word of document.getElementById("mots").content.querySelectorAll("[data-name]")) {
  sentences.set(word.dataset.name, word.textContent);
}

export const say = (name, values = {}) =>
  (sentences.get(name) ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

// One has a sentence of its own, and nothing often too.
export const count = (name, n, values = {}) =>
  say(
    n === 0 && sentences.has(`${name}_zero`) ? `${name}_zero`
      : n === 1 && sentences.has(`${name}_un`) ? `${name}_un`
      : name,
    { n, ...values },
  );

export function hourIn(zone) {
  const clock = new Intl.DateTimeFormat("fr-CA", { timeZone: zone, hour: "numeric", minute: "2-digit", hourCycle: "h23" });
  return (instant) => {
    const parts = Object.fromEntries(clock.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
    const h = String(Number(parts.hour));
    return parts.minute === "00" ? say("heure_pile", { h }) : say("heure", { h, m: parts.minute });
  };
}
