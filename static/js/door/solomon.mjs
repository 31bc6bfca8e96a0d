// Mends the bytes of a QR code: Reed–Solomon over the field of 256 elements, as ISO/IEC 18004 has it.

const POWERS = new Uint8Array(512);
const LOGS = new Uint8Array(256);

let element = 1;
for (let power = 0; power < 255; power += 1) {
  POWERS[power] = POWERS[power + 255] = element;
  LOGS[element] = power;
  element = (element << 1) ^ (element & 128 ? 0x11d : 0);
}

const times = (a, b) => (a && b ? POWERS[LOGS[a] + LOGS[b]] : 0);
const inverse = (a) => POWERS[255 - LOGS[a]];

// Polynomials are arrays, the constant first.
function valueAt(polynomial, x) {
  let value = 0;
  for (let degree = polynomial.length - 1; degree >= 0; degree -= 1) value = times(value, x) ^ polynomial[degree];
  return value;
}

// Berlekamp–Massey: the shortest polynomial whose roots say where the errors are.
function locatorOf(syndromes) {
  let locator = [1];
  let before = [1];
  let errors = 0;
  let gap = 1;
  let last = 1;
  for (let n = 0; n < syndromes.length; n += 1) {
    let difference = syndromes[n];
    for (let i = 1; i <= errors; i += 1) difference ^= times(locator[i] ?? 0, syndromes[n - i]);
    if (difference === 0) {
      gap += 1;
      continue;
    }
    const kept = locator.slice();
    const factor = times(difference, inverse(last));
    before.forEach((coefficient, i) => {
      locator[i + gap] = (locator[i + gap] ?? 0) ^ times(factor, coefficient);
    });
    if (2 * errors <= n) {
      errors = n + 1 - errors;
      before = kept;
      last = difference;
      gap = 1;
    } else {
      gap += 1;
    }
  }
  return { locator: Array.from(locator, (coefficient) => coefficient ?? 0), errors };
}

// Forney: by how much each of them is wrong.
function magnitudes(syndromes, locator, places) {
  const evaluator = syndromes.map((_, degree) => {
    let sum = 0;
    for (let i = 0; i <= degree; i += 1) sum ^= times(locator[i] ?? 0, syndromes[degree - i]);
    return sum;
  });
  const slope = locator.slice(1).map((coefficient, i) => (i % 2 ? 0 : coefficient));
  return places.map((place) => {
    const root = POWERS[(255 - place) % 255];
    return times(POWERS[place], times(valueAt(evaluator, root), inverse(valueAt(slope, root))));
  });
}

// The bytes put right, of which the last `count` were there to mend the others; null when too many are wrong.
export function mend(received, count) {
  const bytes = Uint8Array.from(received);
  const backwards = bytes.slice().reverse();
  const syndromes = Array.from({ length: count }, (_, power) => valueAt(backwards, POWERS[power]));
  if (syndromes.every((syndrome) => syndrome === 0)) return bytes;
  const { locator, errors } = locatorOf(syndromes);
  if (2 * errors > count) return null;
  const places = [];
  for (let place = 0; place < bytes.length; place += 1) {
    if (valueAt(locator, POWERS[(255 - place) % 255]) === 0) places.push(place);
  }
  if (places.length !== errors) return null;
  magnitudes(syndromes, locator, places).forEach((wrong, i) => {
    bytes[bytes.length - 1 - places[i]] ^= wrong;
  });
  return bytes;
}
