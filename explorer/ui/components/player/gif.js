/**
 * Animated GIFs, written frame by frame. No DOM.
 *
 * Format: the GIF89a specification (https://www.w3.org/Graphics/GIF/spec-gif89a.txt). A frame holds
 * only the rectangle that changed, in a palette of its own made for the pixels that changed: flat
 * colours stay exact, and a pixel that does not change never flickers.
 */

import { createLzw } from "./lzw.js";
import { createPalette } from "./palette.js";

const SHORTEST_DELAY = 2; // hundredths of a second; browsers slow shorter ones down to 10
const LONGEST_DELAY = 65535;
const LARGEST_SIDE = 65535;
const TRANSPARENT = 0; // this entry of every palette means: as in the frame before

/** Bytes that grow as they are written. */
function createBytes() {
  let bytes = new Uint8Array(1 << 16);
  let length = 0;
  const room = (more) => {
    if (length + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * bytes.length, length + more));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  };
  return {
    put(...values) {
      room(values.length);
      for (const value of values) bytes[length++] = value;
    },
    text(ascii) {
      this.put(...Array.from(ascii, (letter) => letter.charCodeAt(0)));
    },
    words(...values) {
      for (const value of values) this.put(value & 255, value >> 8);
    },
    append(other) {
      room(other.length);
      bytes.set(other, length);
      length += other.length;
    },
    get length() {
      return length;
    },
    whole: () => bytes.slice(0, length),
  };
}

/** The rectangle outside of which two frames are equal; a single cell where nothing changed. */
function changedRectangle(before, now, width, height) {
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0, row = 0; y < height; y++, row += width) {
    let x = 0;
    while (x < width && before[row + x] === now[row + x]) x++;
    if (x === width) continue;
    if (top < 0) top = y;
    bottom = y;
    if (x < left) left = x;
    let end = width - 1;
    while (end > right && before[row + end] === now[row + end]) end--;
    if (end > right) right = end;
  }
  if (top < 0) return { x: 0, y: 0, width: 1, height: 1 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Pixels as whole numbers, red in the lowest byte; what is not opaque is laid on white. */
function opaque(rgba, into) {
  new Uint8Array(into.buffer).set(rgba);
  for (let index = 0; index < into.length; index++) {
    const pixel = into[index];
    const alpha = pixel >>> 24;
    if (alpha === 255) continue;
    const over = (shift) =>
      Math.round((((pixel >>> shift) & 255) * alpha) / 255 + 255 - alpha) << shift;
    into[index] = (over(0) | over(8) | over(16) | 0xff000000) >>> 0;
  }
}

/**
 * A GIF of one size.
 * @param {number} width  in pixels
 * @param {number} height
 * @param {{loop?: boolean}} options  whether it starts again at its end, for ever
 * @returns {{add: (rgba: Uint8ClampedArray, delayCentiseconds: number) => void,
 *   finish: () => Uint8Array, size: number, frames: number}} `size` in bytes so far
 */
export function createGif(width, height, { loop = true } = {}) {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > LARGEST_SIDE) {
      throw new RangeError(`A GIF of ${width}×${height} pixels cannot be made.`);
    }
  }
  const bytes = createBytes();
  const palette = createPalette();
  const lzw = createLzw();
  let before = null;
  let now = new Uint32Array(width * height);
  let indices = new Uint8Array(width * height);
  let frames = 0;

  bytes.text("GIF89a");
  bytes.words(width, height);
  bytes.put(0x70, 0, 0); // no palette for all frames; 8 bits a channel
  if (loop) {
    bytes.put(0x21, 0xff, 11);
    bytes.text("NETSCAPE2.0");
    bytes.put(3, 1, 0, 0, 0);
  }

  function frameHeader(area, bits, delay) {
    const wait = Math.max(SHORTEST_DELAY, Math.min(LONGEST_DELAY, Math.round(delay) || 0));
    bytes.put(0x21, 0xf9, 4, 0x05); // stays for the next frame; has a transparent entry
    bytes.words(wait);
    bytes.put(TRANSPARENT, 0, 0x2c);
    bytes.words(area.x, area.y, area.width, area.height);
    bytes.put(0x80 | (bits - 1));
  }

  return {
    get size() {
      return bytes.length;
    },
    get frames() {
      return frames;
    },
    add(rgba, delayCentiseconds) {
      if (!now) throw new Error("This GIF is finished.");
      if (rgba.length !== 4 * width * height) {
        throw new RangeError(`${rgba.length} bytes are no frame of ${width}×${height} pixels.`);
      }
      opaque(rgba, now);
      const area = before
        ? changedRectangle(before, now, width, height)
        : { x: 0, y: 0, width, height };
      const { table, bits } = palette.index(now, before, width, area, indices);
      frameHeader(area, bits, delayCentiseconds);
      bytes.append(table);
      bytes.append(lzw(indices.subarray(0, area.width * area.height), Math.max(2, bits)));
      [before, now] = [now, before ?? new Uint32Array(width * height)];
      frames += 1;
    },
    finish() {
      bytes.put(0x3b);
      now = before = indices = null;
      return bytes.whole();
    },
  };
}
