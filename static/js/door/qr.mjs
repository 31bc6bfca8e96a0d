// Reads a QR code in a picture, without network nor anything that the browser may lack.

import { Finders } from "./finders.mjs";
import { readings } from "./grid.mjs";
import { Shades, greyOf, halved } from "./shades.mjs";
import { textOf } from "./symbol.mjs";

const SMALL = 300;
const MOST_TRIPLETS = 6;

// `image` is what a canvas gives: { data, width, height }. The text of the code, or an empty one.
export function decode(image) {
  let picture = greyOf(image);
  for (;;) {
    const text = read(picture);
    if (text) return text;
    if (Math.min(picture.width, picture.height) < SMALL) return "";
    picture = halved(picture);
  }
}

function read(picture) {
  const shades = new Shades(picture);
  let tried = 0;
  for (const triplet of new Finders(shades).triplets()) {
    for (const { modules, size } of readings(shades, triplet)) {
      const text = textOf(modules, size);
      if (text) return text;
    }
    tried += 1;
    if (tried === MOST_TRIPLETS) break;
  }
  return "";
}
