import assert from "node:assert/strict";
import { test } from "node:test";
import { hasWeights, productOf } from "../../../explorer/ui/components/player/geometry.js";
import { im2col, sparseMatrix } from "../../../explorer/ui/components/player/matrix.js";
import { close, randomScene, scene, textbook } from "./helpers.mjs";

const range = (count) => Array.from({ length: count }, (_, index) => index);
const rowsOf = ({ rows, columns, value }) =>
  range(rows).map((row) => range(columns).map((column) => value(row, column)));

test("im2col of the textbook: each patch is a column, the kernel a row", () => {
  const matrix = im2col(textbook());
  assert.deepEqual(rowsOf(matrix), [
    [0, 1, 3, 4],
    [1, 2, 4, 5],
    [3, 4, 6, 7],
    [4, 5, 7, 8],
  ]);
  assert.deepEqual([...matrix.vector], [0, 1, 2, 3]);
  assert.deepEqual([...matrix.product], [19, 25, 37, 43]);
  assert.equal(matrix.rowOf(0, 2), 2);
  assert.deepEqual(matrix.place(2), { channel: 0, kernel: 2 });
});

test("the sparse matrix of the textbook: the same weights in every row, moved along", () => {
  const matrix = sparseMatrix(textbook());
  assert.deepEqual(rowsOf(matrix), [
    [0, 1, 0, 2, 3, 0, 0, 0, 0],
    [0, 0, 1, 0, 2, 3, 0, 0, 0],
    [0, 0, 0, 0, 1, 0, 2, 3, 0],
    [0, 0, 0, 0, 0, 1, 0, 2, 3],
  ]);
  assert.deepEqual([...matrix.product], [19, 25, 37, 43]);
  assert.equal(matrix.role(0, 0), "weight", "a weight of 0 is a weight");
  assert.equal(matrix.role(0, 2), "zero");
  assert.equal(matrix.kernelAt(1, 4), 2);
  assert.equal(matrix.transpose, false);
});

for (const kind of ["convolution", "transposed", "average", "adaptive_average"]) {
  test(`${kind}: both products are the output, map by map`, () => {
    let compared = 0;
    for (let seed = 0; seed < 50; seed++) {
      const drawn = randomScene(kind, seed);
      const plane = productOf(drawn.output.shape.slice(1));
      for (let map = 0; map < drawn.output.shape[0]; map++) {
        const expected = drawn.output.values.subarray(map * plane, (map + 1) * plane);
        const made = [sparseMatrix(drawn, map)];
        if (hasWeights(drawn.operation)) made.push(im2col(drawn, map));
        for (const { product, tooLarge } of made) {
          if (!tooLarge) compared++;
          assert.ok(
            tooLarge || product.every((value, at) => close(value, expected[at])),
            `${seed}`,
          );
        }
      }
    }
    assert.ok(compared >= 50);
  });
}

test("a transposed convolution's matrix is the convolution's, transposed", () => {
  const weight = { shape: [1, 1, 2, 3], values: [1, 2, 3, 4, 5, 6] };
  const window = {
    kernel_size: [2, 3],
    stride: [2, 1],
    padding: [
      [1, 1],
      [0, 0],
    ],
  };
  const down = sparseMatrix(
    scene({ operation: window, input: { shape: [1, 6, 5], values: range(30) }, weight }),
  );
  const up = sparseMatrix(
    scene({
      operation: { kind: "transposed", ...window },
      input: { shape: [1, 4, 3], values: range(12) },
      weight,
    }),
  );
  assert.ok(up.transpose);
  assert.deepEqual([up.rows, up.columns], [down.columns, down.rows]);
  for (const row of range(up.rows)) {
    for (const column of range(up.columns)) {
      assert.equal(up.value(row, column), down.value(column, row));
    }
  }
});

test("the patches of padding are told apart", () => {
  const drawn = scene({
    operation: { kernel_size: [3], padding: [[1, 1]] },
    input: { shape: [1, 2], values: [5, 6] },
    weight: { shape: [1, 1, 3], values: [1, 1, 1] },
  });
  const matrix = im2col(drawn);
  assert.deepEqual(
    range(3).map((row) => matrix.role(row, 0)),
    ["padding", "picture", "picture"],
  );
});

test("what is too large, or no matrix at all, is said with its reason", () => {
  const large = scene({
    operation: { kernel_size: [3, 3] },
    input: { shape: [1, 40, 40], values: new Array(1600).fill(1) },
    weight: { shape: [1, 1, 3, 3], values: new Array(9).fill(1) },
  });
  assert.match(sparseMatrix(large).tooLarge, /1,444 × 1,600, 2,310,400 numbers; up to 65,536/);
  assert.ok(!im2col(large).tooLarge);
  const pooled = randomScene("max", 1);
  assert.match(sparseMatrix(pooled).tooLarge, /depends on the values/);
  assert.match(im2col(pooled).tooLarge, /no weights/);
});
