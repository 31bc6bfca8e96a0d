// What a square of modules says: format, mask, blocks, then text. Versions 1 to 10 of ISO/IEC 18004: a short address
// never takes more.

import { mend } from "./solomon.mjs";

export const SMALLEST = 21;
export const LARGEST = 57;

const FORMAT_MASK = 0x5412;
const FORMAT_ERRORS = 3;
// By level, as the two bits of the format name them (M, L, H, Q), then by version: bytes that mend in each block,
// and number of blocks.
const MENDING = [
  [10, 16, 26, 18, 24, 16, 18, 22, 22, 26],
  [7, 10, 15, 20, 26, 18, 20, 24, 30, 18],
  [17, 28, 22, 16, 22, 28, 26, 26, 24, 28],
  [13, 22, 18, 26, 18, 24, 18, 22, 20, 24],
];
const BLOCKS = [
  [1, 1, 1, 2, 2, 4, 4, 4, 5, 5],
  [1, 1, 1, 1, 1, 2, 2, 2, 2, 4],
  [1, 1, 2, 4, 4, 4, 5, 6, 8, 8],
  [1, 1, 2, 2, 4, 4, 6, 6, 8, 8],
];
const MIDDLES = { 7: 22, 8: 24, 9: 26, 10: 28 };

const MASKS = [
  (row, column) => (row + column) % 2,
  (row) => row % 2,
  (_row, column) => column % 3,
  (row, column) => (row + column) % 3,
  (row, column) => ((row >> 1) + Math.floor(column / 3)) % 2,
  (row, column) => ((row * column) % 2) + ((row * column) % 3),
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2,
];

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const MODES = { END: 0, DIGITS: 1, SIGNS: 2, BYTES: 4, CHARSET: 7 };

const versionOf = (size) => (size - 17) / 4;

// `modules` is a square of `size` rows, 1 where dark. Gives the text, or null.
export function textOf(modules, size) {
  const format = formatOf(modules, size);
  if (format === null) return null;
  const bytes = mended(codewords(modules, size, MASKS[format & 7]), versionOf(size), format >> 3);
  return bytes && readText(bytes, versionOf(size));
}

// --- The format is written twice; the nearest of the 32 that exist is kept.

function formatWord(data) {
  let rest = data << 10;
  for (let bit = 14; bit >= 10; bit -= 1) if (rest & (1 << bit)) rest ^= 0x537 << (bit - 10);
  return ((data << 10) | rest) ^ FORMAT_MASK;
}

const FORMATS = Array.from({ length: 32 }, (_, data) => formatWord(data));

function formatOf(modules, size) {
  const at = (row, column) => modules[row * size + column];
  let first = 0;
  let second = 0;
  for (const column of [0, 1, 2, 3, 4, 5, 7, 8]) first = (first << 1) | at(8, column);
  for (const row of [7, 5, 4, 3, 2, 1, 0]) first = (first << 1) | at(row, 8);
  for (let row = size - 1; row > size - 8; row -= 1) second = (second << 1) | at(row, 8);
  for (let column = size - 8; column < size; column += 1) second = (second << 1) | at(8, column);
  let best = { errors: FORMAT_ERRORS + 1, data: null };
  for (const word of [first, second]) {
    FORMATS.forEach((known, data) => {
      const errors = bitsIn(word ^ known);
      if (errors < best.errors) best = { errors, data };
    });
  }
  return best.data;
}

function bitsIn(word) {
  let count = 0;
  for (let rest = word; rest; rest &= rest - 1) count += 1;
  return count;
}

// --- Bytes, in pairs of columns from the right, up then down

function reserved(size) {
  const version = versionOf(size);
  const isReserved = new Uint8Array(size * size);
  const fill = (row, column, height, width) => {
    for (let r = row; r < row + height; r += 1) isReserved.fill(1, r * size + column, r * size + column + width);
  };
  fill(0, 0, 9, 9);
  fill(0, size - 8, 9, 8);
  fill(size - 8, 0, 8, 9);
  fill(6, 0, 1, size);
  fill(0, 6, size, 1);
  if (version >= 7) {
    fill(0, size - 11, 6, 3);
    fill(size - 11, 0, 3, 6);
  }
  const last = size - 7;
  const centres = version === 1 ? [] : [6, MIDDLES[version], last].filter(Boolean);
  const isFinder = (row, column) => [6, last].includes(row) && [6, last].includes(column) && row + column < 2 * last;
  for (const row of centres) {
    for (const column of centres) if (!isFinder(row, column)) fill(row - 2, column - 2, 5, 5);
  }
  return isReserved;
}

function codewords(modules, size, mask) {
  const isReserved = reserved(size);
  const bytes = [];
  let byte = 0;
  let bits = 0;
  let isUp = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5; // the column of the clock is no data
    for (let step = 0; step < size; step += 1) {
      const row = isUp ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        const place = row * size + column;
        if (isReserved[place]) continue;
        byte = (byte << 1) | (modules[place] ^ (mask(row, column) === 0 ? 1 : 0));
        bits += 1;
        if (bits === 8) {
          bytes.push(byte);
          byte = bits = 0;
        }
      }
    }
    isUp = !isUp;
  }
  return bytes;
}

// Blocks are told in turn, byte by byte; the last ones may be a byte longer.
function mended(bytes, version, level) {
  const count = BLOCKS[level][version - 1];
  const mending = MENDING[level][version - 1];
  const short = Math.floor(bytes.length / count) - mending;
  const firstLong = count - (bytes.length % count);
  const blocks = Array.from({ length: count }, () => []);
  let place = 0;
  for (let i = 0; i <= short; i += 1) {
    for (let block = i < short ? 0 : firstLong; block < count; block += 1) blocks[block].push(bytes[place++]);
  }
  for (let i = 0; i < mending; i += 1) for (const block of blocks) block.push(bytes[place++]);
  const data = [];
  for (const block of blocks) {
    const right = mend(block, mending);
    if (!right) return null;
    data.push(...right.subarray(0, right.length - mending));
  }
  return data;
}

// --- Text, in segments of one alphabet each

class Bits {
  constructor(bytes) {
    this.bytes = bytes;
    this.place = 0;
  }

  get left() {
    return this.bytes.length * 8 - this.place;
  }

  take(count) {
    let value = 0;
    for (let i = 0; i < count; i += 1, this.place += 1) {
      value = (value << 1) | ((this.bytes[this.place >> 3] >> (7 - (this.place & 7))) & 1);
    }
    return value;
  }
}

function readText(bytes, version) {
  const bits = new Bits(bytes);
  const isLong = version > 9;
  let text = "";
  while (bits.left >= 4) {
    const mode = bits.take(4);
    if (mode === MODES.END) break;
    else if (mode === MODES.DIGITS) text += digits(bits, bits.take(isLong ? 12 : 10));
    else if (mode === MODES.SIGNS) text += signs(bits, bits.take(isLong ? 11 : 9));
    else if (mode === MODES.BYTES) text += octets(bits, bits.take(isLong ? 16 : 8));
    else if (mode === MODES.CHARSET) bits.take(8);
    else return null;
    if (bits.left < 0) return null;
  }
  return text || null;
}

function digits(bits, count) {
  let text = "";
  for (let left = count; left > 0 && bits.left > 0; left -= 3) {
    const n = Math.min(3, left);
    text += String(bits.take([0, 4, 7, 10][n])).padStart(n, "0");
  }
  return text;
}

function signs(bits, count) {
  let text = "";
  for (let left = count; left > 0 && bits.left > 0; left -= 2) {
    const pair = bits.take(left > 1 ? 11 : 6);
    text += left > 1 ? (SIGNS[Math.floor(pair / 45)] ?? "") + SIGNS[pair % 45] : (SIGNS[pair] ?? "");
  }
  return text;
}

function octets(bits, count) {
  const octets = Uint8Array.from({ length: Math.min(count, bits.left >> 3) }, () => bits.take(8));
  return new TextDecoder().decode(octets);
}
