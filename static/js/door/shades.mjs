// A picture in grey, and what is dark in it: judged against what is around, so that a shadow across a badge or a lamp
// above it changes nothing.

const BLOCK = 8;
const REACH = 2;
const FLAT = 24; // a block whose shades differ less than this is all of one kind

// What a camera gives has four bytes a pixel.
export function greyOf({ data, width, height }) {
  const grey = new Uint8Array(width * height);
  for (let place = 0, from = 0; place < grey.length; place += 1, from += 4) {
    grey[place] = (data[from] * 77 + data[from + 1] * 150 + data[from + 2] * 29) >> 8;
  }
  return { grey, width, height };
}

// Four pixels in one: grain fades, and what is too close or out of focus becomes sharp enough.
export function halved({ grey, width, height }) {
  const half = { grey: new Uint8Array((width >> 1) * (height >> 1)), width: width >> 1, height: height >> 1 };
  for (let y = 0, place = 0; y < half.height; y += 1) {
    for (let x = 0, from = 2 * y * width; x < half.width; x += 1, from += 2, place += 1) {
      half.grey[place] = (grey[from] + grey[from + 1] + grey[from + width] + grey[from + width + 1] + 2) >> 2;
    }
  }
  return half;
}

// What was light is dark.
export function inverted({ grey, width, height }) {
  const light = new Uint8Array(grey.length);
  for (let place = 0; place < grey.length; place += 1) light[place] = 255 - grey[place];
  return { grey: light, width, height };
}

export class Shades {
  constructor({ grey, width, height }) {
    Object.assign(this, { grey, width, height });
    this.columns = Math.max(1, Math.floor(width / BLOCK));
    this.rows = Math.max(1, Math.floor(height / BLOCK));
    this.limits = this.spread(this.middles());
    this.dark = this.darken();
  }

  // The shade between dark and light in each block; where all is of one kind, what its neighbours think of it.
  middles() {
    const middles = new Uint8Array(this.columns * this.rows);
    for (let row = 0; row < this.rows; row += 1) {
      for (let column = 0; column < this.columns; column += 1) {
        const place = row * this.columns + column;
        const { sum, least, most } = this.look(column * BLOCK, row * BLOCK);
        if (most - least > FLAT) {
          middles[place] = sum / (BLOCK * BLOCK);
          continue;
        }
        middles[place] = least >> 1;
        if (row === 0 || column === 0) continue;
        const near = (middles[place - this.columns] + 2 * middles[place - 1] + middles[place - this.columns - 1]) >> 2;
        if (least < near) middles[place] = near;
      }
    }
    return middles;
  }

  look(left, top) {
    let sum = 0;
    let least = 255;
    let most = 0;
    const right = Math.min(left + BLOCK, this.width);
    const bottom = Math.min(top + BLOCK, this.height);
    for (let y = top; y < bottom; y += 1) {
      for (let place = y * this.width + left; place < y * this.width + right; place += 1) {
        const shade = this.grey[place];
        sum += shade;
        if (shade < least) least = shade;
        if (shade > most) most = shade;
      }
    }
    return { sum, least, most };
  }

  spread(middles) {
    const limits = new Uint8Array(middles.length);
    const within = (n, last) => Math.max(REACH, Math.min(n, last - REACH - 1));
    for (let row = 0; row < this.rows; row += 1) {
      for (let column = 0; column < this.columns; column += 1) {
        let sum = 0;
        let count = 0;
        for (let r = within(row, this.rows) - REACH; r <= within(row, this.rows) + REACH; r += 1) {
          for (let c = within(column, this.columns) - REACH; c <= within(column, this.columns) + REACH; c += 1) {
            if (r < 0 || c < 0 || r >= this.rows || c >= this.columns) continue;
            sum += middles[r * this.columns + c];
            count += 1;
          }
        }
        limits[row * this.columns + column] = count ? sum / count : 128;
      }
    }
    return limits;
  }

  darken() {
    const dark = new Uint8Array(this.width * this.height);
    for (let y = 0, place = 0; y < this.height; y += 1) {
      const row = Math.min(y >> 3, this.rows - 1) * this.columns;
      for (let x = 0; x < this.width; x += 1, place += 1) {
        dark[place] = this.grey[place] <= this.limits[row + Math.min(x >> 3, this.columns - 1)] ? 1 : 0;
      }
    }
    return dark;
  }

  isDark(x, y) {
    const column = Math.floor(x);
    const row = Math.floor(y);
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return 0;
    return this.dark[row * this.width + column];
  }

  // How much darker than its limit the picture is there, between pixels; outside it, nothing.
  depth(x, y) {
    const left = Math.floor(x - 0.5);
    const top = Math.floor(y - 0.5);
    if (left < 0 || top < 0 || left + 1 >= this.width || top + 1 >= this.height) return 0;
    const place = top * this.width + left;
    const across = x - 0.5 - left;
    const down = y - 0.5 - top;
    const above = this.grey[place] * (1 - across) + this.grey[place + 1] * across;
    const below = this.grey[place + this.width] * (1 - across) + this.grey[place + this.width + 1] * across;
    const limit = this.limits[Math.min(top >> 3, this.rows - 1) * this.columns + Math.min(left >> 3, this.columns - 1)];
    return limit - above * (1 - down) - below * down;
  }
}
