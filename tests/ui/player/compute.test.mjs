import assert from "node:assert/strict";
import { test } from "node:test";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import {
  computed,
  createComputation,
  largestDifference,
} from "../../../explorer/ui/components/player/compute.js";
import { sentence } from "../../../explorer/ui/components/player/format.js";
import { hasWeights } from "../../../explorer/ui/components/player/geometry.js";
import { ledgerLines } from "../../../explorer/ui/components/player/ledger.js";
import { KINDS, close, randomScene, scene, textbook } from "./helpers.mjs";

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

for (const kind of KINDS) {
  test(`${kind}: whole output and terms of each cell are those of the definition`, () => {
    for (const seed of SEEDS) {
      const drawn = randomScene(kind, seed);
      const expected = drawn.output.values;
      const output = computed(drawn);
      assert.ok(output.every((value, at) => close(value, expected[at])), `seed ${seed}`);
      const steps = drawn.output.shape.slice(1).reduce((count, size) => count * size);
      const lines = new Set();
      for (let step = 0; step < steps; step++) {
        for (let map = 0; map < (hasWeights(drawn.operation) ? drawn.output.shape[0] : 1); map++) {
          const terms = termsAt(drawn, step, map);
          const values = hasWeights(drawn.operation)
            ? [terms.value]
            : terms.channels.map(({ value }) => value);
          values.forEach((value, at) => assert.ok(close(value, terms.outputs[at]), `seed ${seed}`));
          lines.add(ledgerLines(drawn, terms).length);
          assert.doesNotMatch(sentence(drawn, terms), /undefined|NaN/);
        }
      }
      assert.equal(lines.size, 1, "as many lines at every step");
    }
  });
}

test("a maximum is exact, and over nothing but padding it is minus infinity", () => {
  const gap = scene({
    operation: { kind: "max", kernel_size: [2], padding: [[1, 1]], dilation: [3] },
    input: { shape: [1, 2], values: [5, 6] },
  });
  assert.deepEqual([...computed(gap)], [-Infinity]);
  assert.equal(termsAt(gap, 0).channels[0].winner, -1);
});

test("work is done in slices of time, and the same comes out", () => {
  const drawn = textbook();
  const computation = createComputation(drawn);
  assert.equal(computation.done, false);
  let calls = 0;
  while (!computation.advance(0)) calls++;
  assert.ok(calls >= 1 && computation.done && computation.progress === 1);
  assert.deepEqual([...computation.output], [19, 25, 37, 43]);
});

test("unpooling puts each maximum back, the last of several stays, and the rest is 0", () => {
  const unpooled = scene({
    operation: { kind: "unpool", kernel_size: [2], stride: [1], output_size: [4] },
    input: { shape: [2, 3], values: [7, 8, 9, 1, 2, 3] },
    indices: [1, 1, 3, 0, 2, 2],
    output: { shape: [2, 4], values: [0, 8, 0, 9, 1, 0, 3, 0] },
  });
  assert.deepEqual([...computed(unpooled)], [0, 8, 0, 9, 1, 0, 3, 0]);
  const terms = termsAt(unpooled, 1);
  assert.deepEqual(terms.channels.map(({ value }) => value), [8, 0]);
  assert.deepEqual(terms.coordinates, [[0], [0], [0, 1]]);
  assert.deepEqual([...terms.channels[0].patch], [8, 7]);
  assert.equal(terms.channels[0].winner, 0);
});

test("differences: equal infinities agree, other lengths never do, and a NaN shows", () => {
  assert.equal(largestDifference([1, -Infinity], [1.5, -Infinity]), 0.5);
  assert.equal(largestDifference([1], [1, 2]), Infinity);
  assert.ok(Number.isNaN(largestDifference([NaN, 1], [0, 1])));
});
