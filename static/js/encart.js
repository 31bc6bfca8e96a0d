// On a partner's page: puts the list of activities where this script stands, and gives it the height that it asks for.
// It keeps nothing, reads nothing of the page, and listens to nobody but its own frame.

(() => {
  const script = document.currentScript;
  const { origin } = new URL(script.src);
  const address = new URL("/calendrier/encart", origin);
  for (const [word, told] of Object.entries(script.dataset)) {
    if (word === "titre") continue;
    for (const value of word === "q" ? [told] : told.split(",")) address.searchParams.append(word, value);
  }

  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = script.dataset.titre || address.hostname;
  frame.width = "100%";
  frame.height = 640;
  frame.loading = "lazy";
  frame.style.border = 0;

  addEventListener("message", ({ origin: from, source, data }) => {
    if (from !== origin || source !== frame.contentWindow) return;
    const height = Number(data?.encart);
    if (height > 0 && height < 20000) frame.height = Math.ceil(height);
  });
  script.after(frame);
})();
