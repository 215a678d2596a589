import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BEYOND,
  PADDING,
  carryStep,
  coordinatesAt,
  extent,
  filledRectangles,
  outputSize,
  paddedSource,
  positionOf,
  spanOf,
  stepAt,
  tapsOf,
  unreached,
} from "../../../explorer/ui/components/player/geometry.js";
import { liftedOperation } from "../../../explorer/ui/components/player/scene.js";
import { scene } from "./helpers.mjs";

/** A row's operation with its defaults, as the modules know it. */
const along = (operation, size) => liftedOperation(operation, [1, 1, size]);
const sizeOf = (operation, size) => outputSize(along(operation, size), [1, 1, size])?.[2] ?? null;
const sourcesOf = (operation, size) => {
  const { count, source } = tapsOf(along(operation, size), [1, 1, size])[2];
  return Array.from({ length: source.length / count }, (_, o) => [
    ...source.subarray(o * count, (o + 1) * count),
  ]);
};

/** Places of a window, counted by pushing it along the padded row. */
function pushed({ kernel_size: [k], stride: [s], padding: [[b, a]], dilation: [d] }, n) {
  let count = 0;
  for (let start = 0; start + d * (k - 1) + 1 <= n + b + a; start += s) count++;
  return count || null;
}

test("an output has as many cells as a window has places", () => {
  for (let n = 1; n <= 9; n++) {
    for (const [k, s, d] of [[1, 1, 1], [2, 2, 1], [3, 1, 2], [3, 3, 1], [4, 2, 2], [2, 4, 3]]) {
      for (const pair of [[0, 0], [1, 0], [0, 2], [2, 2]]) {
        const window = { kernel_size: [k], stride: [s], padding: [pair], dilation: [d] };
        const operation = { kind: "convolution", ...window };
        assert.equal(sizeOf(operation, n), pushed(window, n), JSON.stringify([operation, n]));
      }
    }
  }
});

test("ceil_mode lets the last window reach beyond, if it begins inside", () => {
  const pool = { kind: "max", kernel_size: [3], stride: [2] };
  assert.equal(sizeOf(pool, 6), 2);
  assert.equal(sizeOf({ ...pool, ceil_mode: true }, 6), 3);
  assert.deepEqual(sourcesOf({ ...pool, ceil_mode: true }, 6)[2], [4, 5, BEYOND]);
  assert.equal(sizeOf({ kind: "max", kernel_size: [1], stride: [3], ceil_mode: true }, 2), 1);
  const padded = { ...pool, kernel_size: [2], padding: [[1, 1]], ceil_mode: true };
  assert.deepEqual(sourcesOf(padded, 4), [[PADDING, 0], [1, 2], [3, PADDING]]);
  const wide = { kind: "max", kernel_size: [3], stride: [2], padding: [[1, 1]], ceil_mode: true };
  assert.deepEqual(sourcesOf(wide, 2), [[PADDING, 0, 1], [1, PADDING, BEYOND]]);
});

test("what PyTorch refuses has no output size", () => {
  const refused = [
    [{ kind: "convolution", kernel_size: [4] }, 3],
    [{ kind: "convolution", kernel_size: [1], padding: [[3, 0]], padding_mode: "reflect" }, 3],
    [{ kind: "convolution", kernel_size: [1], padding: [[0, 4]], padding_mode: "circular" }, 3],
    [{ kind: "max", kernel_size: [3], padding: [[2, 2]] }, 9],
    [{ kind: "max", kernel_size: [3], padding: [[1, 0]] }, 9],
    [{ kind: "average", kernel_size: [3], dilation: [2] }, 9],
    [{ kind: "lp", kernel_size: [3], padding: [[1, 1]] }, 9],
    [{ kind: "transposed", kernel_size: [3], stride: [2], output_padding: [2] }, 4],
    [{ kind: "transposed", kernel_size: [1], padding: [[2, 2]] }, 4],
    [{ kind: "transposed", kernel_size: [3], padding: [[0, 1]] }, 4],
    [{ kind: "unpool", kernel_size: [2], stride: [2], output_size: [10] }, 4],
  ];
  for (const [operation, size] of refused) {
    assert.equal(sizeOf(operation, size), null, JSON.stringify(operation));
  }
  assert.equal(sizeOf({ kind: "unpool", kernel_size: [2], stride: [2], output_size: [9] }, 4), 9);
  const volume = (dimensions) =>
    outputSize(
      { ...along({ kind: "average", kernel_size: [4], padding: [[2, 2]] }, 3), dimensions },
      [1, 1, 3],
    );
  assert.deepEqual(volume(2), [1, 1, 4]);
  assert.equal(volume(3), null);
});

test("padding shows zeros, the mirrored picture, its edge or its other end", () => {
  const shown = (mode) => [-2, -1, 0, 3, 4, 5].map((at) => paddedSource(at, 4, mode));
  assert.deepEqual(shown("zeros"), [PADDING, PADDING, 0, 3, PADDING, PADDING]);
  assert.deepEqual(shown("reflect"), [2, 1, 0, 3, 2, 1]);
  assert.deepEqual(shown("replicate"), [0, 0, 0, 3, 3, 3]);
  assert.deepEqual(shown("circular"), [2, 3, 0, 3, 0, 1]);
});

test("adaptive windows differ in length and overlap where the size does not divide", () => {
  const operation = { kind: "adaptive_average", output_size: [3] };
  assert.deepEqual(sourcesOf(operation, 5), [[0, 1], [1, 2, 3], [3, 4]].map((cells) =>
    [...cells, BEYOND].slice(0, 3),
  ));
  assert.deepEqual(along(operation, 5).kernelSize, [1, 1, 3]);
});

test("the taps of a transposed convolution are those of its stamps", () => {
  const window = { kernel_size: [3], stride: [2], padding: [[1, 1]] };
  const operation = along({ kind: "transposed", ...window }, 3);
  const { size, count, kernel, source } = tapsOf(operation, [1, 1, 3])[2];
  assert.equal(size, 5);
  const pairs = new Set();
  kernel.forEach((k, entry) => {
    if (k >= 0) pairs.add(`${Math.floor(entry / count)} ${k} ${source[entry]}`);
  });
  const stamped = new Set();
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 3; k++) {
      const to = 2 * i + k - 1;
      if (to >= 0 && to < size) stamped.add(`${to} ${k} ${i}`);
    }
  }
  assert.deepEqual(pairs, stamped);
});

test("a dilated window reads cells with gaps, counted from the input's first cell", () => {
  const drawn = scene({
    operation: { kernel_size: [3, 2], stride: [2, 1], padding: [[1, 1], [0, 3]], dilation: [2, 4] },
    input: { shape: [1, 7, 5], values: new Array(35).fill(0) },
    weight: { shape: [1, 1, 3, 2], values: [1, 1, 1, 1, 1, 1] },
  });
  assert.deepEqual(coordinatesAt(drawn, [0, 1, 2]), [[0], [1, 3, 5], [2, 6]]);
  assert.deepEqual(coordinatesAt(drawn, [0, 0, 0])[1], [-1, 1, 3]);
  assert.deepEqual(spanOf(drawn.operation), [1, 5, 5]);
  assert.deepEqual(extent(drawn.operation, [1, 7, 5]), [[0, 1], [-1, 8], [0, 8]]);
});

test("drawn and dropped: what ceil_mode reaches, and what the floor leaves out", () => {
  const reaching = along({ kind: "max", kernel_size: [3], stride: [2], ceil_mode: true }, 6);
  assert.deepEqual(extent(reaching, [1, 1, 6])[2], [0, 7]);
  assert.deepEqual(unreached(reaching, [1, 1, 6]), [0, 0, 0]);
  const floored = along({ kind: "max", kernel_size: [3], stride: [2] }, 6);
  assert.deepEqual(unreached(floored, [1, 1, 6]), [0, 0, 1]);
});

test("steps and positions are inverse, row by row", () => {
  for (let step = 0; step < 60; step++) {
    assert.equal(stepAt(positionOf(step, [3, 4, 5]), [3, 4, 5]), step);
  }
  assert.deepEqual(positionOf(7, [3, 4]), [1, 3]);
  assert.equal(stepAt([-5, 99], [3, 4]), 3);
});

test("a step keeps its relative place in another output", () => {
  assert.equal(carryStep(0, [4, 4], [9, 3]), 0);
  assert.equal(carryStep(15, [4, 4], [9, 3]), 26);
  assert.equal(carryStep(0, [1, 1], [5, 5]), 0);
});

test("rectangles cover exactly the cells between two steps", () => {
  const [rows, columns] = [5, 4];
  for (let from = 0; from <= rows * columns; from++) {
    for (let to = from; to <= rows * columns; to++) {
      const counts = new Array(rows * columns).fill(0);
      const rectangles = filledRectangles(from, to, columns);
      assert.ok(rectangles.length <= 3);
      for (const { x, y, width, height } of rectangles) {
        for (let row = y; row < y + height; row++) {
          for (let column = x; column < x + width; column++) counts[row * columns + column]++;
        }
      }
      const expected = counts.map((_, step) => Number(step >= from && step < to));
      assert.deepEqual(counts, expected, `${from}..${to}`);
    }
  }
});
