/** Planes of fields as pixels. No DOM but ImageData. */

import { colourOf, colourPixels, mapPixels } from "./colour.js";
import { PADDING, paddedSource } from "./geometry.js";

/** Where a plane (map, slice) of a field (maps, depth, rows, columns) begins, and its length. */
export function planeOf(field, map, slice) {
  const [, depth, rows, columns] = field.shape;
  const length = rows * columns;
  return { from: (map * depth + slice) * length, length };
}

/** One plane as pixels: of one map by its scale, or of three together as a colour picture. */
export function planeImage(field, { colour, scale, map, slice }) {
  const [, depth, rows, columns] = field.shape;
  const { from, length } = planeOf(field, colour ? 0 : map, slice);
  if (!colour) {
    const pixels = mapPixels(scale, field.values.subarray(from, from + length));
    return new ImageData(pixels, columns, rows);
  }
  const values = new Float32Array(3 * length);
  for (let channel = 0; channel < 3; channel++) {
    const start = from + channel * depth * length;
    values.set(field.values.subarray(start, start + length), channel * length);
  }
  return new ImageData(colourPixels(values), columns, rows);
}

/**
 * The input's plane with the padding that repeats the picture around it; padding of zeros stays
 * transparent. `range` is [low, high) of rows and columns.
 */
export function paddedImage(image, paddingMode, [[top, bottom], [left, right]]) {
  const padded = new ImageData(right - left, bottom - top);
  const source = new Uint32Array(image.data.buffer);
  const target = new Uint32Array(padded.data.buffer);
  const rowsOf = range(top, bottom).map((row) => paddedSource(row, image.height, paddingMode));
  const columnsOf = range(left, right).map((at) => paddedSource(at, image.width, paddingMode));
  let index = 0;
  for (const row of rowsOf) {
    for (const column of columnsOf) {
      if (row > PADDING && column > PADDING) target[index] = source[row * image.width + column];
      index++;
    }
  }
  return padded;
}

export const range = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);

