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
import { parseScene } from "../../../explorer/ui/components/player/scene.js";
import { parseWeight, withWeight } from "../../../explorer/ui/components/player/weights.js";

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

test("an edited kernel keeps its other weights and its shape", () => {
  const weight = { shape: [1, 2, 2, 2], values: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) };
  assert.deepEqual(withWeight(weight, 5, -1), [[[[1, 2], [3, 4]], [[5, -1], [7, 8]]]]);
  assert.equal(weight.values[5], 6);
});

test("bytes that are no scene are refused", () => {
  assert.throws(() => parseScene(new Uint8Array(64)), /not a scene/);
});
