// From three squares to a square of modules: how many there are on a side, where the fourth corner is, and what each
// module shows, however the code is turned or leans.

import { LARGEST, SMALLEST } from "./symbol.mjs";

const STEP = 0.5;
const REACH = 3.5;
const KEPT = 3;
const CLEAR = 40; // darker than this, or lighter, is no more certain
const AROUND = [[0, 0], [-0.22, 0], [0.22, 0], [0, -0.22], [0, 0.22]];

const minus = (a, b) => ({ x: a.x - b.x, y: a.y - b.y });
const along = (from, way, amount) => ({ x: from.x + way.x * amount, y: from.y + way.y * amount });
const lengthOf = (way) => Math.hypot(way.x, way.y);
const unit = (way) => ({ x: way.x / lengthOf(way), y: way.y / lengthOf(way) });

// Every reading worth trying, the most likely first: { modules, size }.
export function* readings(shades, finders) {
  const sides = sidesOf(shades, finders);
  for (const size of sizesNear(sides.estimate)) {
    for (const { place, point } of fourthPoints(shades, finders, sides, size)) {
      const places = [[3.5, 3.5], [size - 3.5, 3.5], [3.5, size - 3.5], place];
      const at = projection(places, [finders.corner, finders.right, finders.below, point]);
      if (at) yield { modules: sampled(shades, at, size), size };
    }
  }
}

// The two sides that are known, how many modules they hold, and how much larger the far end of the others looks: what
// leans away is smaller there.
function sidesOf(shades, { corner, right, below }) {
  const across = minus(right, corner);
  const down = minus(below, corner);
  const module = (square, way) => moduleAlong(shades, square, unit(way));
  const [width, height] = [module(corner, across), module(corner, down)];
  const columns = (2 * lengthOf(across)) / (width + module(right, across));
  const rows = (2 * lengthOf(down)) / (height + module(below, down));
  return {
    across, down, estimate: (columns + rows) / 2 + 7,
    leansAcross: module(below, across) / width, leansDown: module(right, down) / height,
  };
}

function sizesNear(estimate) {
  const nearest = Math.round((estimate - 17) / 4) * 4 + 17;
  const other = nearest + (estimate > nearest ? 4 : -4);
  return [nearest, other].filter((size) => size >= SMALLEST && size <= LARGEST);
}

// A finder is seven modules wide along any side of the code: its rings are walked both ways.
function moduleAlong(shades, square, way) {
  const ahead = reach(shades, square, way);
  const back = reach(shades, square, { x: -way.x, y: -way.y });
  const whole = ahead && back ? ahead + back : 2 * (ahead || back);
  return whole ? whole / 7 : square.size;
}

function reach(shades, from, way) {
  const most = from.size * 7;
  let isDark = 1;
  let changes = 0;
  for (let distance = 0; distance < most; distance += STEP) {
    const { x, y } = along(from, way, distance);
    if (x < 0 || y < 0 || x >= shades.width || y >= shades.height) return 0;
    if (shades.isDark(x, y) === isDark) continue;
    isDark ^= 1;
    changes += 1;
    if (changes === 3) return distance;
  }
  return 0;
}

// --- The fourth corner: the small square near it where there is one, else the place that the other three tell

function* fourthPoints(shades, { corner, right, below }, { across, down, leansAcross, leansDown }, size) {
  const [one, other] = [along(right, down, leansDown), along(below, across, leansAcross)];
  const ends = [along(one, minus(other, one), 0.5), along(right, down, 1)];
  if (size > SMALLEST) {
    const ways = [across, down].map((way) => along({ x: 0, y: 0 }, way, 1 / (size - 7)));
    const starts = ends.map((end) => along(corner, minus(end, corner), (size - 10) / (size - 7)));
    for (const point of smallSquares(shades, starts, ways)) yield { place: [size - 6.5, size - 6.5], point };
  }
  for (const point of ends) yield { place: [size - 3.5, size - 3.5], point };
}

// The points around these places that look most like it, not all in the same place.
function smallSquares(shades, starts, [across, down]) {
  const found = [];
  const pace = Math.min(0.5, Math.max(0.25, 1 / lengthOf(across))); // a pixel, or about
  for (const start of starts) {
    for (let i = -REACH; i <= REACH; i += pace) {
      for (let j = -REACH; j <= REACH; j += pace) {
        const point = along(along(start, across, i), down, j);
        found.push({ ...point, likeness: likeness(shades, point, across, down) });
      }
    }
  }
  found.sort((a, b) => b.likeness - a.likeness);
  const kept = [];
  for (const one of found) {
    if (kept.length === KEPT || one.likeness <= 0) break;
    if (kept.every((other) => lengthOf(minus(other, one)) > lengthOf(across))) kept.push(one);
  }
  return kept;
}

// A dark module, a light ring, a dark ring.
function likeness(shades, point, across, down) {
  let sum = 0;
  for (let i = -2; i <= 2; i += 1) {
    for (let j = -2; j <= 2; j += 1) {
      const ring = Math.max(Math.abs(i), Math.abs(j));
      const { x, y } = along(along(point, across, i), down, j);
      const depth = Math.max(-CLEAR, Math.min(CLEAR, shades.depth(x, y)));
      sum += ring === 1 ? -depth : ring === 0 ? depth * 2 : depth;
    }
  }
  return sum;
}

// --- Seen from wherever one stands: the projection that takes four places of the code to four points of the picture

function projection(places, points) {
  const rows = [];
  places.forEach(([u, v], i) => {
    const { x, y } = points[i];
    rows.push([u, v, 1, 0, 0, 0, -u * x, -v * x, x], [0, 0, 0, u, v, 1, -u * y, -v * y, y]);
  });
  const h = solved(rows);
  if (!h) return null;
  return (u, v) => {
    const depth = h[6] * u + h[7] * v + 1;
    return { x: (h[0] * u + h[1] * v + h[2]) / depth, y: (h[3] * u + h[4] * v + h[5]) / depth };
  };
}

// Gauss, with the largest pivot.
function solved(rows) {
  const n = rows.length;
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < n; row += 1) {
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    }
    if (Math.abs(rows[pivot][column]) < 1e-9) return null;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = 0; row < n; row += 1) {
      if (row === column) continue;
      const factor = rows[row][column] / rows[column][column];
      for (let i = column; i <= n; i += 1) rows[row][i] -= factor * rows[column][i];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

function sampled(shades, at, size) {
  const modules = new Uint8Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let depth = 0;
      for (const [i, j] of AROUND) {
        const { x, y } = at(column + 0.5 + i, row + 0.5 + j);
        depth += shades.depth(x, y);
      }
      modules[row * size + column] = depth >= 0 ? 1 : 0;
    }
  }
  return modules;
}
