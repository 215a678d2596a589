import assert from "node:assert/strict";
import { test } from "node:test";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import { sentence } from "../../../explorer/ui/components/player/format.js";
import { ledgerLines } from "../../../explorer/ui/components/player/ledger.js";
import { scene, textbook } from "./helpers.mjs";

test("the textbook convolution: patch, products, sum", () => {
  const terms = termsAt(textbook(), 2);
  assert.deepEqual(terms.position, [1, 0]);
  assert.deepEqual([...terms.channels[0].patch], [3, 4, 6, 7]);
  assert.deepEqual([...terms.channels[0].products], [0, 4, 12, 21]);
  assert.equal(terms.channels[0].partial, 37);
  assert.equal(terms.value, 37);
  assert.deepEqual(terms.outputs, [37]);
});

test("bias is added once, padding reads zeros", () => {
  const padded = scene({
    input: { shape: [1, 1, 1], values: [5] },
    weight: { shape: [1, 1, 3, 3], values: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    bias: [0.5],
    output: { shape: [1, 1, 1], values: [25.5] },
    window: { kernelSize: [3, 3], padding: [[1, 1], [1, 1]] },
  });
  const terms = termsAt(padded, 0);
  assert.deepEqual([...terms.channels[0].inside], [0, 0, 0, 0, 1, 0, 0, 0, 0]);
  assert.equal(terms.value, 25.5);
  assert.deepEqual(ledgerLines(padded, terms), [
    { label: "sum of 9 products", text: "25.000" },
    { label: "+ bias", text: "0.5" },
    { label: "= output", text: "25.500", output: 0 },
  ]);
});

test("three channels add up", () => {
  const colour = scene({
    input: { shape: [3, 1, 1], values: [1, 2, 3] },
    weight: { shape: [1, 3, 1, 1], values: [10, 100, 1000] },
    output: { shape: [1, 1, 1], values: [3210] },
    window: { kernelSize: [1, 1] },
  });
  const terms = termsAt(colour, 0);
  assert.deepEqual(terms.channels.map(({ partial }) => partial), [10, 200, 3000]);
  assert.equal(terms.value, 3210);
  assert.match(sentence(colour, terms), /red 10\.000, green 200\.000, blue 3000\.000; plus bias 0/);
});

test("a maximum ignores padding, also when all cells are negative, and the first of equals wins", () => {
  const pooled = scene({
    operation: "max",
    input: { shape: [1, 1, 2], values: [-3, -3] },
    output: { shape: [1, 2, 2], values: [-3, -3, -3, -3] },
    window: { kernelSize: [2, 2], padding: [[1, 1], [1, 0]] },
  });
  const terms = termsAt(pooled, 1);
  assert.equal(terms.value, -3);
  assert.equal(terms.channels[0].winner, 2);
  assert.deepEqual(ledgerLines(pooled, terms), [{ label: "largest of 2", text: "−3.000", output: 0 }]);
  assert.match(sentence(pooled, terms), /The largest value of 2 cells is −3\.000\.$/);
});

test("a mean divides by all cells, padding included", () => {
  const pooled = scene({
    operation: "average",
    input: { shape: [1, 1, 1], values: [8] },
    output: { shape: [1, 1, 1], values: [2] },
    window: { kernelSize: [2, 2], padding: [[1, 0], [1, 0]] },
  });
  const terms = termsAt(pooled, 0);
  assert.equal(terms.value, 2);
  assert.deepEqual(ledgerLines(pooled, terms), [
    { label: "sum of 4 cells", text: "8.000" },
    { label: "÷ 4 cells", text: "2.000", output: 0 },
  ]);
});

test("a step as a sentence: where, what is read, what comes out", () => {
  const terms = termsAt(textbook(), 1);
  assert.equal(
    sentence(textbook(), terms),
    "Output row 1 of 2, column 2 of 2. The window reads input rows 1 to 2 and columns 2 to 3. " +
      "The sum of 4 products is 25.000; plus bias 0 gives 25.000.",
  );
});
