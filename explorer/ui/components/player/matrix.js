/**
 * The same operation as one product of matrices, linked to its cells. No DOM.
 *
 * im2col: the patch of each output cell becomes a column, the kernel a row; their product is the
 * map. Sparse (Toeplitz) matrix: one row per output cell, one column per input cell, weights where
 * they meet; the matrix of a transposed convolution is a convolution's, transposed. One map at a
 * time.
 */

import { CELL, slicesOf, termsAt } from "./arithmetic.js";
import { NO_TAP, hasWeights, isMaximum, positionOf, productOf } from "./geometry.js";

const MOST_ENTRIES = 65_536; // 256 × 256: more cannot be told apart on a screen
const grouped = new Intl.NumberFormat("en");
const NO_WEIGHT = -1;

function tooLarge(what, rows, columns) {
  const entries = rows * columns;
  if (entries <= MOST_ENTRIES) return null;
  const size = `${grouped.format(rows)} × ${grouped.format(columns)}`;
  return {
    tooLarge:
      `${what} would be ${size}, ${grouped.format(entries)} numbers; up to ` +
      `${grouped.format(MOST_ENTRIES)} are shown. Take a smaller picture, for example 12 × 12.`,
  };
}

const ROLES = ["padding", "picture", "padding", "none"]; // of a patch's cells, by CELL

/**
 * The patches of a map as columns.
 * @returns {{rows: number, columns: number, value: function(number, number): number,
 *   role: function(number, number): ("picture"|"padding"|"none"), vector: Float32Array,
 *   product: Float64Array, columnOf: function(number): number,
 *   rowOf: function(number, number): number, place: function(number): object,
 *   label: string} | {tooLarge: string}}
 *   `vector` is the kernel as a row, `product` its product with the matrix plus the bias: the map.
 *   `columnOf(step)`, `rowOf(channel, kernelIndex)` with a channel of the map's group, and
 *   `place(row)` back to {channel, kernel}
 */
export function im2col(scene, map = 0) {
  if (!hasWeights(scene.operation)) {
    return { tooLarge: "A pooling has no weights: there is no kernel to multiply patches with." };
  }
  const slices = slicesOf(scene, map);
  const count = productOf(scene.operation.kernelSize);
  const columns = productOf(scene.output.shape.slice(1));
  const rows = slices.length * count;
  const refused = tooLarge("The matrix of patches", rows, columns);
  if (refused) return refused;
  const values = new Float32Array(rows * columns);
  const cells = new Uint8Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    termsAt(scene, column, map).channels.forEach(({ patch, inside }, slice) => {
      for (let k = 0; k < count; k++) {
        const at = (slice * count + k) * columns + column;
        values[at] = patch[k];
        cells[at] = inside[k];
      }
    });
  }
  const vector = new Float32Array(rows);
  slices.forEach(({ from }, slice) =>
    vector.set(scene.weight.values.subarray(from, from + count), slice * count),
  );
  const first = slices[0].channel;
  return {
    rows,
    columns,
    value: (row, column) => values[row * columns + column],
    role: (row, column) => ROLES[cells[row * columns + column]],
    vector,
    product: multiplied(vector, values, columns, scene.bias ? scene.bias[map] : 0),
    columnOf: (step) => step,
    rowOf: (channel, kernelIndex) => (channel - first) * count + kernelIndex,
    place: (row) => ({ channel: first + Math.floor(row / count), kernel: row % count }),
    label: `${grouped.format(rows)} weights by ${grouped.format(columns)} output cells`,
  };
}

/** A row of numbers times a matrix (row by row), on top of a constant. */
function multiplied(vector, values, columns, constant) {
  const product = new Float64Array(columns).fill(constant);
  vector.forEach((weight, row) => {
    for (let column = 0; column < columns; column++) {
      product[column] += weight * values[row * columns + column];
    }
  });
  return product;
}

/** Which slices of input channels a map is made of, with the weights' beginning. */
function slicesFor(scene, map) {
  return hasWeights(scene.operation) ? slicesOf(scene, map) : [{ channel: map, from: 0 }];
}

/** What each term of an output cell is multiplied by: its weight, or 1 / divisor of a mean. */
function factorsAt(scene, step, map) {
  const { channels } = termsAt(scene, step, map);
  if (hasWeights(scene.operation)) return channels.map(({ weight }) => weight);
  const { inside, divisor } = channels[map];
  return [Float64Array.from(inside, (cell) => (cell === CELL.picture ? 1 / divisor : 0))];
}

/** Calls `visit(kernelIndex, inputIndex)` for every tap of an output cell that reads the input. */
function eachTap({ taps, input }, position, kernelShape, visit) {
  const [, , rows, columns] = input.shape;
  const read = taps.map(({ count, kernel, source }, axis) => {
    const from = position[axis] * count;
    return Array.from({ length: count }, (_, j) => [kernel[from + j], source[from + j]]).filter(
      ([k, at]) => k !== NO_TAP && at >= 0,
    );
  });
  for (const [kz, z] of read[0]) {
    for (const [ky, y] of read[1]) {
      for (const [kx, x] of read[2]) {
        const kernelIndex = (kz * kernelShape[1] + ky) * kernelShape[2] + kx;
        visit(kernelIndex, (z * rows + y) * columns + x);
      }
    }
  }
}

/**
 * The matrix by which the flattened input becomes a flattened output map (without the bias).
 * @returns {{rows: number, columns: number, value: function(number, number): number,
 *   role: function(number, number): ("weight"|"zero"), kernelAt: function(number, number): number,
 *   vector: Float32Array, product: Float64Array, rowOf: function(number): number,
 *   columnOf: function(number, number): number, place: function(number): object,
 *   transpose: boolean, label: string} | {tooLarge: string}}
 *   `vector` is the input flattened, `product` the map with its bias. `rowOf(step)`;
 *   `columnOf(channel, inputStep)` with a channel of the map's group, and `place(column)` back to
 *   {channel, step}; `kernelAt` the weight's index in its channel's kernel, -1 for a zero: equal
 *   numbers are the same weight, shared. `transpose`: the matrix is a convolution's, transposed
 */
export function sparseMatrix(scene, map = 0) {
  const { operation } = scene;
  const linear = hasWeights(operation) || ["average", "adaptive_average"].includes(operation.kind);
  if (!linear) {
    const what = isMaximum(operation) ? "Which cell is largest" : "What comes out";
    return { tooLarge: `${what} depends on the values: no matrix computes it for every picture.` };
  }
  const slices = slicesFor(scene, map);
  const plane = productOf(scene.input.shape.slice(1));
  const size = scene.output.shape.slice(1);
  const [rows, columns] = [productOf(size), slices.length * plane];
  const refused = tooLarge("The matrix", rows, columns);
  if (refused) return refused;
  const values = new Float64Array(rows * columns);
  const kernels = new Int32Array(rows * columns).fill(NO_WEIGHT);
  const shape = hasWeights(operation) ? operation.kernelSize : scene.taps.map(({ count }) => count);
  for (let row = 0; row < rows; row++) {
    const factors = factorsAt(scene, row, map);
    eachTap(scene, positionOf(row, size), shape, (kernelIndex, inputIndex) =>
      factors.forEach((factor, slice) => {
        const at = row * columns + slice * plane + inputIndex;
        values[at] += factor[kernelIndex]; // padding that repeats the picture meets a cell twice
        if (kernels[at] === NO_WEIGHT) kernels[at] = kernelIndex;
      }),
    );
  }
  const first = slices[0].channel;
  const vector = scene.input.values.subarray(first * plane, first * plane + columns);
  const bias = hasWeights(operation) && scene.bias ? scene.bias[map] : 0;
  return {
    rows,
    columns,
    value: (row, column) => values[row * columns + column],
    role: (row, column) => (kernels[row * columns + column] === NO_WEIGHT ? "zero" : "weight"),
    kernelAt: (row, column) => kernels[row * columns + column],
    vector,
    product: Float64Array.from({ length: rows }, (_, row) =>
      vector.reduce((sum, x, column) => sum + x * values[row * columns + column], bias),
    ),
    rowOf: (step) => step,
    columnOf: (channel, inputStep) => (channel - first) * plane + inputStep,
    place: (column) => ({ channel: first + Math.floor(column / plane), step: column % plane }),
    transpose: operation.kind === "transposed",
    label: `${grouped.format(rows)} output cells by ${grouped.format(columns)} input cells`,
  };
}
