import assert from "node:assert/strict";
import { test } from "node:test";
import {
  colourOf,
  colourPixels,
  inkOn,
  luminance,
  mapPixels,
  parseColour,
  scaleFor,
  signedScale,
} from "../../../explorer/ui/components/player/colour.js";
import { fitted, fixed, plain, speedText } from "../../../explorer/ui/components/player/format.js";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import { parseScene } from "../../../explorer/ui/components/player/scene.js";
import { withWeightAt } from "../../../explorer/ui/components/player/change.js";
import { nested, parseWeight } from "../../../explorer/ui/components/player/weights.js";

test("colours in every notation a theme may use", () => {
  assert.deepEqual(parseColour("#0072B2"), [0, 114, 178]);
  assert.deepEqual(parseColour(" #fff "), [255, 255, 255]);
  assert.deepEqual(parseColour("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
  assert.throws(() => parseColour("inherit"));
});

test("a scale is grey from 0 without negative values, and ends at 1 or above", () => {
  const scale = scaleFor([0.2, 0.5], false);
  assert.deepEqual([scale.low, scale.high], [0, 1]);
  assert.deepEqual(colourOf(scale, 0), [0, 0, 0]);
  assert.deepEqual(colourOf(scale, 1), [255, 255, 255]);
  assert.equal(scaleFor([3], true).high, 3);
});

test("a scale with negative values has zero in its middle, and as much on both sides", () => {
  for (const dark of [false, true]) {
    const scale = scaleFor([-1, 4, -Infinity], dark);
    assert.deepEqual([scale.low, scale.high], [-4, 4]);
    const zero = luminance(colourOf(scale, 0));
    for (const value of [-4, -2, 2, 4]) {
      const strength = luminance(colourOf(scale, value));
      assert.ok(dark ? strength > zero : strength < zero, `${value} in ${dark}`);
    }
    assert.notDeepEqual(colourOf(scale, -4), colourOf(scale, 4));
    assert.deepEqual(colourOf(scale, 99), colourOf(scale, 4));
  }
});

test("all-zero weights have a scale too", () => {
  assert.deepEqual(signedScale([0, 0], false).high, 1);
});

test("text can be read on every colour of every scale (contrast at least 4.5)", () => {
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  for (const scale of [scaleFor([1], false), signedScale([1], false), signedScale([1], true)]) {
    for (const colour of scale.table) {
      assert.ok(contrast(colour, parseColour(inkOn(colour))) >= 4.5, `${colour}`);
    }
  }
});

test("pixels are opaque and in order", () => {
  const scale = scaleFor([0, 1], false);
  assert.deepEqual([...mapPixels(scale, [0, 1])], [0, 0, 0, 255, 255, 255, 255, 255]);
  assert.deepEqual([...colourPixels([1, 0, 0, 0.2, 0, 1])], [255, 0, 0, 255, 0, 51, 255, 255]);
});

test("numbers for people", () => {
  assert.equal(fixed(-0.001), "0.00");
  assert.equal(fixed(-1.5, 1), "−1.5");
  assert.equal(fixed(-Infinity), "−∞");
  assert.equal(plain(-0.0625), "−0.063");
  assert.equal(plain(2), "2");
  assert.equal(plain(-0.0001), "0");
  assert.equal(fitted(-0.527, 5), "−0.53");
  assert.equal(fitted(-0.527, 4), "−.53");
  assert.equal(fitted(-12.34, 4), "−12");
  assert.equal(fitted(3, 4), "3");
  assert.equal(fitted(123456, 4), "1e5");
  assert.equal(speedText(1), "1 cell a second");
  assert.equal(speedText(50176), "50,176 cells a second");
});

test("typed weights: numbers, commas and minus signs are understood, all else is refused", () => {
  assert.equal(parseWeight(" −1,5 ").value, -1.5);
  assert.equal(parseWeight("2e1").value, 20);
  for (const text of ["", "abc", "1e999", "1001", "-1001", "NaN", "1 2"]) {
    assert.ok(parseWeight(text).problem, text);
  }
});

/** What is sent of a kernel after one of its weights was changed. */
function edited(weight, flat, value, dimensions) {
  const scene = { weight, output: { shape: [1, 1, 1, 1] } };
  return nested(withWeightAt(scene, flat, value).weight, dimensions);
}

test("an edited kernel keeps its other weights and its shape", () => {
  const weight = { shape: [1, 2, 2, 2], values: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) };
  assert.deepEqual(edited(weight, 5, -1), [[[[1, 2], [3, 4]], [[5, -1], [7, 8]]]]);
  assert.equal(weight.values[5], 6);
});

test("nested lists leave out the axes put before a row or a picture", () => {
  const weight = { shape: [1, 2, 1, 1, 2], values: Float32Array.from([1, 2, 3, 4]) };
  assert.deepEqual(nested(weight, 1), [[[1, 2], [3, 4]]]);
  assert.deepEqual(nested(weight, 2), [[[[1, 2]], [[3, 4]]]]);
  assert.deepEqual(edited(weight, 3, 9, 1), [[[1, 2], [3, 9]]]);
});

test("bytes that are no scene are refused", () => {
  assert.throws(() => parseScene(new Uint8Array(64)), /not a scene/);
});

/** Bytes as explorer/windows/scene.py packs them: magic, header's length, header, arrays. */
function packed(operation, fields) {
  const arrays = {};
  const parts = [];
  let offset = 0;
  for (const [name, [type, shape, values]] of Object.entries(fields)) {
    arrays[name] = { type, shape, offset };
    const bytes = new Uint8Array(Math.ceil(values.byteLength / 8) * 8);
    bytes.set(new Uint8Array(values.buffer));
    parts.push(bytes);
    offset += bytes.length;
  }
  const header = { operation, title: "packed", channels: ["a"], colour: false, arrays };
  const text = JSON.stringify(header);
  const encoded = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = new Uint8Array(Uint32Array.of(encoded.length).buffer);
  const whole = [new TextEncoder().encode("CNNS"), length, encoded, ...parts].flatMap((x) => [...x]);
  return Uint8Array.from([0, 0, 0, ...whole]).subarray(3); // at no aligned offset
}

test("a packed row is lifted to three axes; codes become the fractions they stand for", () => {
  const scene = parseScene(
    packed(
      { kind: "convolution", kernel_size: [2], padding: [[1, 0]] },
      {
        input: ["uint8", [1, 3], Uint8Array.of(0, 51, 255)],
        weight: ["float32", [1, 1, 2], Float32Array.of(2, -1)],
        output: ["float32", [1, 3], Float32Array.of(0, -0.2, -0.6)],
      },
    ),
  );
  assert.deepEqual([...scene.input.values], [0, Math.fround(0.2), 1]);
  assert.deepEqual(scene.weight.shape, [1, 1, 1, 1, 2]);
  assert.deepEqual(scene.operation.padding, [[0, 0], [0, 0], [1, 0]]);
  assert.deepEqual([scene.dimensions, scene.confirmed], [1, true]);
  assert.deepEqual(scene.output.shape, [1, 1, 1, 3]);
  assert.equal(termsAt(scene, 2).value, 2 * Math.fround(0.2) - 1);
});

test("indices are whole numbers, and limits have defaults", () => {
  const scene = parseScene(
    packed(
      { kind: "unpool", kernel_size: [2, 2], stride: [2, 2], output_size: [2, 2] },
      {
        input: ["float32", [1, 1, 1], Float32Array.of(4)],
        indices: ["int32", [1, 1, 1], Int32Array.of(2)],
        output: ["float32", [1, 2, 2], Float32Array.of(0, 0, 4, 0)],
      },
    ),
  );
  assert.deepEqual([...scene.indices], [2]);
  assert.deepEqual(scene.operation.outputSize, [1, 2, 2]);
  assert.deepEqual(scene.limits, { kernelSize: 11, stride: 8, padding: 8, dilation: 8 });
});
