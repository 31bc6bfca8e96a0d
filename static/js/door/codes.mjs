// What was read or typed, made into codes and words to compare; no rule of the door is here.

const LENGTHS = [6, 10];

// What is never in a code is what people type for a sign that looks like it.
const NEVER = { U: "V" };
// Both of each pair are in codes: the other is tried when the code typed is nobody's.
const PAIRS = { 2: "Z", Z: "2", 5: "S", S: "5", 6: "G", G: "6", 8: "B", B: "8", V: "Y", Y: "V", M: "N", N: "M", 0: "DQ", O: "DQ", 1: "JT", I: "JT", L: "JT" };

// « abc 234 » → « ABC234 »; the address in a QR code gives its last part.
export const normalized = (text) =>
  text.replace(/\/+$/, "").split("/").pop().toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

export const isAddress = (text) => /\/accueil\/[^/]+\/?$/.test(text);

export const looksLikeCode = (text) => isAddress(text) || LENGTHS.includes(normalized(text).length);

// The code as typed, then with the signs that people confuse, one at a time.
export function* readings(text) {
  const plain = normalized(text);
  yield plain;
  const code = [...plain].map((sign) => NEVER[sign] ?? sign).join("");
  if (code !== plain) yield code;
  for (let place = 0; place < code.length; place += 1) {
    for (const other of PAIRS[code[place]] ?? "") yield code.slice(0, place) + other + code.slice(place + 1);
  }
}

// Lower case without accents nor ligatures, as the server folds names.
export const fold = (text) =>
  text.toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").normalize("NFKD").replace(/\p{M}/gu, "");

export const wordsOf = (text) => fold(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
