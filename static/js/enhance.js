// Loads the behaviours that a page asks for: data-enhance="combobox" loads combobox.js and gives it the element.
// The page works without them. Addresses come from the script element, so each keeps its content hash.

const addresses = document.getElementById("enhance");

for (const element of document.querySelectorAll("[data-enhance]")) {
  for (const name of element.dataset.enhance.split(" ")) {
    const address = addresses.getAttribute(`data-${name}`);
    if (address) import(address).then((behaviour) => behaviour.enhance(element));
  }
}
