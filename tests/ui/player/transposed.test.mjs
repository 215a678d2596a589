import assert from "node:assert/strict";
import { test } from "node:test";
import { computed } from "../../../explorer/ui/components/player/compute.js";
import { sentence } from "../../../explorer/ui/components/player/format.js";
import { productOf } from "../../../explorer/ui/components/player/geometry.js";
import { ledgerLines } from "../../../explorer/ui/components/player/ledger.js";
import {
  accumulate,
  overlapCounts,
  stampAt,
} from "../../../explorer/ui/components/player/stamps.js";
import { stuffedScene } from "../../../explorer/ui/components/player/stuffed.js";
import { close, randomScene, scene } from "./helpers.mjs";

const SEEDS = Array.from({ length: 80 }, (_, seed) => seed);
const total = (values) => values.reduce((sum, value) => sum + value, 0);

// 2×2 stamped with 0..3 at stride 1 (a textbook's): 0 0 1 / 0 4 6 / 4 12 9.
const textbook = (operation) =>
  scene({
    operation: { kind: "transposed", kernel_size: [2, 2], ...operation },
    input: { shape: [1, 2, 2], values: [0, 1, 2, 3] },
    weight: { shape: [1, 1, 2, 2], values: [0, 1, 2, 3] },
  });

test("the textbook's transposed convolution, stamp by stamp", () => {
  const drawn = textbook({});
  assert.deepEqual([...drawn.output.values], [0, 0, 1, 0, 4, 6, 4, 12, 9]);
  assert.deepEqual([...accumulate(drawn, 0)], [0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...accumulate(drawn, 2)], [0, 0, 1, 0, 2, 3, 0, 0, 0]);
  assert.deepEqual([...accumulate(drawn, 4)], [0, 0, 1, 0, 4, 6, 4, 12, 9]);
  assert.deepEqual([...accumulate(drawn, 1)], new Array(9).fill(0), "and back");
  assert.deepEqual([...overlapCounts(drawn)], [1, 2, 1, 2, 4, 2, 1, 2, 1]);
  const stamp = stampAt(drawn, 3);
  assert.deepEqual(stamp.position, [0, 1, 1]);
  assert.deepEqual(stamp.coordinates, [[0], [1, 2], [1, 2]]);
  assert.deepEqual([...stamp.channels[0].products], [0, 3, 6, 9]);
  assert.deepEqual(ledgerLines(drawn, stamp), [{ label: "input value × kernel", text: "3.000" }]);
  assert.equal(
    sentence(drawn, stamp),
    "Input row 2 of 2, column 2 of 2. Its value, 3.000, times the kernel is added to output " +
      "rows 2 to 3 and columns 2 to 3.",
  );
});

test("padding cuts a stamp off", () => {
  const drawn = textbook({ stride: [2, 2], padding: [[1, 1], [1, 1]] });
  assert.deepEqual(drawn.output.shape, [1, 1, 2, 2]);
  const stamp = stampAt(drawn, 0);
  assert.deepEqual([...stamp.inside], [0, 0, 0, 1]);
  assert.match(sentence(drawn, stamp), /3 cells of the stamp fall outside/);
});

test("all stamps together are the output, map by map, with the bias once", () => {
  for (const seed of SEEDS) {
    const drawn = randomScene("transposed", seed);
    const plane = productOf(drawn.output.shape.slice(1));
    for (let map = 0; map < drawn.output.shape[0]; map++) {
      const stamped = accumulate(drawn, productOf(drawn.input.shape.slice(1)), map);
      const expected = drawn.output.values.subarray(map * plane, (map + 1) * plane);
      assert.ok(stamped.every((value, at) => close(value, expected[at])), `${seed}`);
    }
  }
});

test("overlaps add up to the input cells times the kernel's cells that are not cut off", () => {
  for (const seed of SEEDS) {
    const drawn = randomScene("transposed", seed);
    let kept = 0;
    for (let step = 0; step < productOf(drawn.input.shape.slice(1)); step++) {
      kept += total(stampAt(drawn, step).inside);
    }
    assert.equal(total(overlapCounts(drawn)), kept);
  }
});

test("the convolution of the zero-stuffed input gives the same", () => {
  let cropped = 0;
  for (const seed of SEEDS) {
    const drawn = randomScene("transposed", seed);
    const stuffed = stuffedScene(drawn);
    const output = computed(stuffed);
    assert.ok(output.every((value, at) => close(value, drawn.output.values[at])), `${seed}`);
    const shown = drawn.input.values.length / drawn.input.shape[0];
    const own = stuffed.stuffing.length - total(stuffed.stuffing);
    assert.ok(own <= shown);
    cropped += own < shown;
  }
  assert.ok(cropped > 0, "some have so much padding that cells are cut off");
});

test("stuffing puts stride − 1 zeros between cells", () => {
  const stuffed = stuffedScene(textbook({ stride: [3, 2] }));
  assert.deepEqual(stuffed.input.shape, [1, 1, 4, 3]);
  assert.deepEqual([...stuffed.input.values], [0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 3]);
  assert.deepEqual([...stuffed.stuffing], [0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0]);
  assert.deepEqual(stuffed.operation.padding, [[0, 0], [1, 1], [1, 1]]);
  assert.deepEqual([...stuffed.weight.values], [3, 2, 1, 0]);
});

test("it is the adjoint of the same convolution: ⟨conv x, y⟩ = ⟨x, convT y⟩", () => {
  for (const seed of SEEDS) {
    const up = randomScene("transposed", seed);
    const { operation } = up;
    // So much output padding is legal with dilation, but then the convolution has another size.
    if (operation.outputPadding.some((extra, axis) => extra >= operation.stride[axis])) continue;
    const header = {
      kernel_size: operation.kernelSize.slice(3 - up.dimensions),
      stride: operation.stride.slice(3 - up.dimensions),
      padding: operation.padding.slice(3 - up.dimensions),
      dilation: operation.dilation.slice(3 - up.dimensions),
      groups: operation.groups,
    };
    const unbiased = up.output.values.map((value, at) =>
      up.bias ? value - up.bias[Math.floor(at / productOf(up.output.shape.slice(1)))] : value,
    );
    const picture = Array.from(unbiased, (_, at) => Math.sin(at + seed));
    const own = (shape, channels) => [
      ...shape.slice(0, channels),
      ...shape.slice(channels + 3 - up.dimensions),
    ];
    const down = scene({
      operation: header,
      input: { shape: own(up.output.shape, 1), values: picture },
      weight: { shape: own(up.weight.shape, 2), values: up.weight.values },
    });
    assert.deepEqual(down.output.shape, up.input.shape);
    const left = total(down.output.values.map((value, at) => value * up.input.values[at]));
    const right = total(unbiased.map((value, at) => value * picture[at]));
    assert.ok(close(left, right, 1e-4), `${seed}: ${left} ${right}`);
  }
});
