import assert from "node:assert/strict";
import { test } from "node:test";
import {
  carryStep,
  cellsAt,
  filledRectangles,
  paddedSize,
  positionOf,
  spanOf,
  stepAt,
} from "../../../explorer/ui/components/player/geometry.js";

test("a dilated window reads cells with gaps", () => {
  const window = { kernelSize: [3, 2], stride: [2, 1], padding: [[1, 1], [0, 3]], dilation: [2, 4] };
  assert.deepEqual(cellsAt(window, [1, 2]), [[2, 4, 6], [2, 6]]);
  assert.deepEqual(spanOf(window), [5, 5]);
  assert.deepEqual(paddedSize(window, [7, 5]), [9, 8]);
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
