import assert from "node:assert/strict";
import { test } from "node:test";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import { sentence } from "../../../explorer/ui/components/player/format.js";
import { ledgerLines } from "../../../explorer/ui/components/player/ledger.js";
import { scene, textbook } from "./helpers.mjs";

test("the textbook convolution: patch, products, sum", () => {
  const terms = termsAt(textbook(), 2);
  assert.deepEqual(terms.position, [0, 1, 0]);
  assert.deepEqual(terms.coordinates, [[0], [1, 2], [0, 1]]);
  assert.deepEqual(terms.shape, [1, 2, 2]);
  assert.deepEqual([...terms.channels[0].patch], [3, 4, 6, 7]);
  assert.deepEqual([...terms.channels[0].products], [0, 4, 12, 21]);
  assert.equal(terms.channels[0].partial, 37);
  assert.equal(terms.value, 37);
  assert.deepEqual(terms.outputs, [37]);
});

test("bias is added once, padding reads zeros", () => {
  const padded = scene({
    operation: { kernel_size: [3, 3], padding: [[1, 1], [1, 1]] },
    input: { shape: [1, 1, 1], values: [5] },
    weight: { shape: [1, 1, 3, 3], values: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    bias: [0.5],
    output: { shape: [1, 1, 1], values: [25.5] },
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
    operation: { kernel_size: [1, 1] },
    input: { shape: [3, 1, 1], values: [1, 2, 3] },
    weight: { shape: [1, 3, 1, 1], values: [10, 100, 1000] },
    output: { shape: [1, 1, 1], values: [3210] },
  });
  const terms = termsAt(colour, 0);
  assert.deepEqual(terms.channels.map(({ partial }) => partial), [10, 200, 3000]);
  assert.equal(terms.value, 3210);
  assert.match(sentence(colour, terms), /red 10\.000, green 200\.000, blue 3000\.000; plus bias 0/);
});

test("a maximum ignores padding, even of negative cells only, and the first of equals wins", () => {
  const pooled = scene({
    operation: { kind: "max", kernel_size: [2, 2], padding: [[1, 1], [1, 1]] },
    input: { shape: [1, 1, 2], values: [-3, -3] },
    output: { shape: [1, 2, 3], values: [-3, -3, -3, -3, -3, -3] },
  });
  const terms = termsAt(pooled, 1);
  assert.equal(terms.value, -3);
  assert.equal(terms.channels[0].winner, 2);
  assert.deepEqual(ledgerLines(pooled, terms), [
    { label: "largest of 2", text: "−3.000", output: 0 },
  ]);
  assert.match(sentence(pooled, terms), /The largest value of 2 cells is −3\.000\.$/);
});

test("a mean divides by all cells, padding included", () => {
  const pooled = scene({
    operation: { kind: "average", kernel_size: [2, 2], padding: [[1, 1], [1, 1]] },
    input: { shape: [1, 1, 1], values: [8] },
    output: { shape: [1, 2, 2], values: [2, 2, 2, 2] },
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

test("a mean without its padding, or by a divisor of one's own, says so", () => {
  const pool = (settings) =>
    scene({
      operation: { kind: "average", kernel_size: [2, 2], padding: [[1, 1], [1, 1]], ...settings },
      input: { shape: [1, 1, 1], values: [8] },
    });
  const own = termsAt(pool({ count_include_pad: false }), 0);
  assert.deepEqual([own.value, own.channels[0].counted, own.channels[0].divisor], [8, 1, 1]);
  const set = pool({ divisor_override: 16 });
  assert.equal(termsAt(set, 0).value, 0.5);
  assert.match(sentence(set, termsAt(set, 0)), /The sum of 4 cells divided by 16 is 0\.500\.$/);
  assert.equal(ledgerLines(set, termsAt(set, 0))[1].label, "÷ 16, the divisor set");
});

test("a power average of a window cut off by the border counts as a whole one", () => {
  const pool = scene({
    operation: { kind: "lp", kernel_size: [2], stride: [2], ceil_mode: true },
    input: { shape: [1, 3], values: [3, 4, 6] },
  });
  assert.equal(termsAt(pool, 0).value, 5);
  const cut = termsAt(pool, 1);
  assert.ok(Math.abs(cut.value - Math.sqrt(72)) < 1e-12);
  assert.deepEqual([...cut.channels[0].inside], [1, 2]);
  assert.deepEqual(ledgerLines(pool, cut).map(({ label }) => label), [
    "sum of 1 power (^2)",
    "÷ 1 read × 2 cells",
    "^(1/2)",
  ]);
});

test("groups: a map reads its own channels only", () => {
  const grouped = scene({
    operation: { kernel_size: [1, 1], groups: 2 },
    input: { shape: [4, 1, 1], values: [1, 2, 3, 4] },
    weight: { shape: [2, 2, 1, 1], values: [1, 10, 100, 1000] },
  });
  const terms = termsAt(grouped, 0, 1);
  assert.deepEqual(terms.channels.map(({ channel }) => channel), [2, 3]);
  assert.equal(terms.value, 4300);
});

test("a transposed convolution's patch lies on its kernel: the cell each weight multiplies", () => {
  const up = scene({
    operation: { kind: "transposed", kernel_size: [3], stride: [2] },
    input: { shape: [1, 2], values: [5, 7] },
    weight: { shape: [1, 1, 3], values: [1, 10, 100] },
  });
  const terms = termsAt(up, 2);
  assert.deepEqual([...terms.channels[0].patch], [7, 0, 5]);
  assert.deepEqual([...terms.channels[0].inside], [1, 3, 1]);
  assert.deepEqual(terms.coordinates[2], [0, 1]);
  assert.deepEqual(terms.outputs, [507]);
  assert.match(sentence(up, terms), /^Output cell 3 of 5\. It is reached by input cells 1 to 2\. /);
});

test("of many channels the first are listed and the rest summed up", () => {
  const deep = scene({
    operation: { kernel_size: [1, 1] },
    input: { shape: [20, 1, 1], values: new Array(20).fill(1) },
    weight: { shape: [1, 20, 1, 1], values: new Array(20).fill(2) },
  });
  const lines = ledgerLines(deep, termsAt(deep, 0));
  assert.equal(lines.length, 10);
  assert.deepEqual(lines[7], { label: "+ 13 more channels", text: "26.000" });
});

test("every axis is named in one, two and three dimensions", () => {
  const volume = scene({
    operation: { kind: "adaptive_max", output_size: [1, 2, 2] },
    input: { shape: [1, 2, 3, 3], values: Array.from({ length: 18 }, (_, index) => index) },
  });
  assert.equal(
    sentence(volume, termsAt(volume, 3)),
    "Output slice 1 of 1, row 2 of 2, column 2 of 2. The window reads input slices 1 to 2, rows " +
      "2 to 3 and columns 2 to 3. The largest value of 8 cells is 17.000.",
  );
});
