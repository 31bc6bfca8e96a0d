// Reads a QR code in a picture, without network nor anything that the browser may lack.

import { Finders } from "./finders.mjs";
import { readings } from "./grid.mjs";
import { Shades, greyOf, halved, inverted } from "./shades.mjs";
import { textOf } from "./symbol.mjs";

const SMALL = 300;
const MOST_TRIPLETS = 6;

// `image` is what a canvas gives: { data, width, height }. The text of the code, or an empty one. Ink on paper is
// looked for first: light on dark, as some phones and wallets show their tickets, only where there is none.
export function decode(image) {
  const picture = greyOf(image);
  return firstRead(smaller(picture)) || firstRead(smaller(inverted(picture)));
}

// The picture, then its halves, as long as a code may be seen in them.
function* smaller(picture) {
  yield picture;
  if (Math.min(picture.width, picture.height) >= SMALL) yield* smaller(halved(picture));
}

function firstRead(pictures) {
  for (const picture of pictures) {
    const text = read(picture);
    if (text) return text;
  }
  return "";
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
