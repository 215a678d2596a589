import assert from "node:assert/strict";
import { test } from "node:test";
import {
  resizedWeight,
  unlifted,
  withInputAt,
  withOperation,
  withWeightAt,
} from "../../../explorer/ui/components/player/change.js";
import { computed } from "../../../explorer/ui/components/player/compute.js";
import { outputSize } from "../../../explorer/ui/components/player/geometry.js";
import { legalValues } from "../../../explorer/ui/components/player/ranges.js";
import { KINDS, close, defined, randomScene, scene, textbook } from "./helpers.mjs";

const row = (operation, length = 5) =>
  scene({
    operation: { kernel_size: [3], ...operation },
    input: { shape: [1, length], values: Array.from({ length }, (_, index) => index + 1) },
    weight: { shape: [1, 1, 3], values: [1, 2, 3] },
  });

test("another window: new taps, an output to be computed, the old scene untouched", () => {
  for (const kind of KINDS.filter((each) => !each.startsWith("adaptive"))) {
    for (let seed = 0; seed < 20; seed++) {
      const drawn = randomScene(kind, seed);
      const before = [...drawn.output.values];
      for (const stride of [1, 2, 3]) {
        const changed = withOperation(drawn, { stride: [1, 1, stride] });
        const expected = { ...drawn.operation, stride: [1, 1, stride] };
        if (!changed) {
          assert.equal(outputSize(expected, drawn.input.shape.slice(1)), null);
          continue;
        }
        assert.equal(changed.confirmed, false);
        const output = computed(changed);
        const truth = defined(changed);
        assert.ok(output.every((value, at) => close(value, truth[at])), `${kind} ${seed}`);
      }
      assert.deepEqual([...drawn.output.values], before);
    }
  }
});

test("a refused window is null", () => {
  assert.equal(withOperation(textbook(), { kernelSize: [1, 4, 2] }), null);
});

test("a kernel grows by zeros around its middle and is cut there", () => {
  const weight = (length) => resizedWeight(row({}).weight, [1, 1, length]);
  assert.deepEqual([...weight(5).values], [0, 1, 2, 3, 0]);
  assert.deepEqual([...weight(4).values], [1, 2, 3, 0]);
  assert.deepEqual([...weight(2).values], [2, 3], "an odd cut takes one more in front");
  assert.deepEqual([...weight(1).values], [2]);
  assert.deepEqual(weight(5).shape, [1, 1, 1, 1, 5]);
});

test("a named kernel is made anew at another size, in every slice", () => {
  const drawn = scene({
    operation: { kernel_size: [1, 1] },
    input: { shape: [3, 4, 4], values: new Array(48).fill(1) },
    weight: { shape: [1, 3, 1, 1], values: [1, 1, 1] },
    kernel_lines: { 1: [1], 2: [0.5, 0.5], 3: [0.25, 0.5, 0.25] },
  });
  const changed = withOperation(drawn, { kernelSize: [1, 2, 3] });
  const slice = [0.125, 0.25, 0.125, 0.125, 0.25, 0.125];
  assert.deepEqual([...changed.weight.values], [...slice, ...slice, ...slice]);
  const larger = withOperation(changed, { kernelSize: [1, 4, 4] });
  assert.deepEqual([...larger.weight.values].filter(Boolean).length, 18, "no line of 4: zeros");
});

test("an edited weight or input cell gives another scene", () => {
  const drawn = textbook();
  const weighted = withWeightAt(drawn, 0, 10);
  assert.deepEqual([...computed(weighted)], [19, 35, 67, 83]);
  assert.deepEqual([...drawn.weight.values], [0, 1, 2, 3]);
  const edited = withInputAt(drawn, 8, 0);
  assert.deepEqual([...computed(edited)], [19, 25, 37, 19]);
  assert.deepEqual([weighted.confirmed, edited.confirmed, drawn.confirmed], [false, false, true]);
  assert.equal(withWeightAt({ ...drawn, kernelLines: {} }, 0, 1).kernelLines, null);
});

test("what is sent to Python has one entry per real axis", () => {
  assert.deepEqual(unlifted(textbook().operation, 2), {
    kernel_size: [2, 2],
    stride: [1, 1],
    padding: [[0, 0], [0, 0]],
    dilation: [1, 1],
  });
  const up = scene({
    operation: { kind: "transposed", kernel_size: [3], stride: [2], output_padding: [1] },
    input: { shape: [1, 2], values: [1, 2] },
    weight: { shape: [1, 1, 3], values: [1, 2, 3] },
  });
  assert.deepEqual(unlifted(up.operation, 1).output_padding, [1]);
});

test("sliders offer what is legal while the others stay", () => {
  const drawn = row({ dilation: [2] });
  assert.deepEqual(legalValues(drawn, "kernelSize", 2), [1, 2, 3]);
  assert.deepEqual(legalValues(drawn, "dilation", 2), [1, 2]);
  assert.deepEqual(legalValues(drawn, "padding", 2), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(legalValues(drawn, "stride", 2), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(legalValues(drawn, "kernelSize", 1), [1], "a row has no other axis");
  assert.deepEqual(legalValues(row({ padding_mode: "reflect" }), "padding", 2), [0, 1, 2, 3, 4]);
  const pool = scene({
    operation: { kind: "max", kernel_size: [4, 4], stride: [2, 2] },
    input: { shape: [1, 6, 5], values: new Array(30).fill(0) },
  });
  assert.deepEqual(legalValues(pool, "padding", 1), [0, 1, 2]);
  assert.deepEqual(legalValues(pool, "kernelSize", 2), [1, 2, 3, 4, 5]);
  assert.deepEqual(legalValues(pool, "outputPadding", 1), [0]);
});

test("one side of a padding is set while the other stays", () => {
  const drawn = row({ padding: [[0, 2]] }, 1);
  assert.deepEqual(legalValues(drawn, "padding", 2, 1), [2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(legalValues(drawn, "padding", 2, 0), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(legalValues(drawn, "padding", 2), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("output padding stays below the larger of stride and dilation", () => {
  const up = scene({
    operation: { kind: "transposed", kernel_size: [3], stride: [3], dilation: [2] },
    input: { shape: [1, 2], values: [1, 2] },
    weight: { shape: [1, 1, 3], values: [1, 2, 3] },
  });
  assert.deepEqual(legalValues(up, "outputPadding", 2), [0, 1, 2]);
});
