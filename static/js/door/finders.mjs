// The three squares in the corners of a QR code: dark, light, dark, light, dark as 1, 1, 3, 1, 1 whatever line crosses
// them. Several codes may be in the picture, and things that only look like a square.

const MOST = 14;
const LOOSE = 0.6;
const SEEN_ENOUGH = 2;

function looksRight(runs) {
  const whole = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];
  if (whole < 7) return false;
  const one = whole / 7;
  const slack = Math.max(one * LOOSE, 0.9);
  return Math.abs(runs[0] - one) < slack && Math.abs(runs[1] - one) < slack && Math.abs(runs[2] - 3 * one) < 3 * slack &&
    Math.abs(runs[3] - one) < slack && Math.abs(runs[4] - one) < slack;
}

export class Finders {
  constructor(shades) {
    this.shades = shades;
    this.found = [];
  }

  // Groups of three, the most likely first: { corner, one, other }.
  *triplets() {
    const { height } = this.shades;
    for (let y = 1; y < height; y += height > 500 ? 2 : 1) this.scan(y);
    const seen = this.found.filter(({ count }) => count >= SEEN_ENOUGH);
    const best = seen.sort((a, b) => b.count - a.count).slice(0, MOST);
    yield* bestOf(best);
  }

  scan(y) {
    const { dark, width } = this.shades;
    const runs = [0, 0, 0, 0, 0];
    let isDark = 0;
    let length = 0;
    const from = y * width;
    for (let x = 0; x <= width; x += 1) {
      if (x < width && dark[from + x] === isDark) {
        length += 1;
        continue;
      }
      runs.shift();
      runs.push(length);
      if (isDark && looksRight(runs)) this.examine(x - runs[4] - runs[3] - runs[2] / 2, y + 0.5, runs);
      isDark ^= 1;
      length = 1;
    }
  }

  // Crossed down, then across again: it is kept when every line agrees, and counted with the one known there.
  examine(x, y, runs) {
    const whole = runs.reduce((sum, run) => sum + run);
    const down = this.cross(x, y, 0, 1, whole);
    if (!down) return;
    const across = this.cross(x, down.y, 1, 0, whole);
    if (!across) return;
    const one = { x: across.x, y: down.y, size: (across.whole + down.whole) / 14, count: 1 };
    const known = this.found.find((other) => Math.hypot(other.x - one.x, other.y - one.y) < other.size * 2 &&
      Math.abs(other.size - one.size) < Math.max(1, other.size * 0.5));
    if (!known) {
      this.found.push(one);
      return;
    }
    for (const name of ["x", "y", "size"]) known[name] = (known[name] * known.count + one[name]) / (known.count + 1);
    known.count += 1;
  }

  // The five runs of the line that goes through there in that direction, and its middle.
  cross(x, y, right, down, expected) {
    const ahead = this.walk(x, y, right, down, expected);
    const back = this.walk(x - right, y - down, -right, -down, expected);
    if (!ahead || !back) return null;
    const runs = [back[2], back[1], back[0] + ahead[0], ahead[1], ahead[2]];
    const whole = runs.reduce((sum, run) => sum + run);
    if (!looksRight(runs) || whole < expected / 2.2 || whole > expected * 2.2) return null;
    const shift = (ahead[0] - back[0]) / 2;
    return { x: Math.floor(x) * right + x * (1 - right) + shift * right, y: Math.floor(y) * down + y * (1 - down) + shift * down, whole };
  }

  walk(x, y, right, down, most) {
    const { shades } = this;
    const runs = [0, 0, 0];
    let isDark = 1;
    for (let run = 0; run < 3; run += 1, isDark ^= 1) {
      while (shades.isDark(x, y) === isDark && x >= 0 && y >= 0 && x < shades.width && y < shades.height) {
        runs[run] += 1;
        if (runs[run] > most) return null;
        x += right;
        y += down;
      }
      if (runs[run] === 0) return null;
    }
    return runs;
  }
}

// Three squares of about one size, at the ends of two sides of about one length and square to each other, seen from
// wherever one stands.
function bestOf(squares) {
  const groups = [];
  for (const corner of squares) {
    for (const [i, one] of squares.entries()) {
      for (const other of squares.slice(i + 1)) {
        if (one === corner || other === corner) continue;
        const group = judged(corner, one, other);
        if (group) groups.push(group);
      }
    }
  }
  return groups.sort((a, b) => a.fault - b.fault);
}

function judged(corner, one, other) {
  const sizes = [corner.size, one.size, other.size];
  const size = (sizes[0] + sizes[1] + sizes[2]) / 3;
  if (Math.max(...sizes) > 2 * Math.min(...sizes)) return null;
  const [ax, ay] = [one.x - corner.x, one.y - corner.y];
  const [bx, by] = [other.x - corner.x, other.y - corner.y];
  const [a, b] = [Math.hypot(ax, ay), Math.hypot(bx, by)];
  const turn = (ax * by - ay * bx) / (a * b); // 1 or -1 when they are square
  if (Math.min(a, b) < 9 * size || Math.max(a, b) > 75 * size || Math.max(a, b) > 2 * Math.min(a, b)) return null;
  if (Math.abs(turn) < 0.6) return null;
  const fault = Math.abs(Math.log(a / b)) + (1 - Math.abs(turn)) + (Math.max(...sizes) - Math.min(...sizes)) / size;
  // Clockwise from the corner: first the one at the right, then the one below.
  return turn > 0 ? { corner, right: one, below: other, fault } : { corner, right: other, below: one, fault };
}
