import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, judge } from "../../../explorer/ui/components/player/predict.js";
import { scene, shaped } from "./helpers.mjs";

const range = (count) => Array.from({ length: count }, (_, index) => index);
const diagnosis = (question, typed) => judge(question, typed).diagnosis;

test("mistakes in a convolution's value", () => {
  const drawn = scene({
    operation: {
      kernel_size: [2, 2],
      stride: [2, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
      dilation: [2, 2],
    },
    input: { shape: [1, 6, 6], values: range(36).map((x) => (x * x * 7) % 31) },
    weight: { shape: [1, 1, 2, 2], values: [1, 2, -3, 5] },
    bias: [0.5],
  });
  const at = (row, column) => ((6 * row + column) ** 2 * 7) % 31;
  const window = (top, left, gap, [a, b, c, d] = [1, 2, -3, 5]) =>
    a * at(top, left) +
    b * at(top, left + gap) +
    c * at(top + gap, left) +
    d * at(top + gap, left + gap);
  // Output row 2, column 2 begins at 1 · 2 − 1 = 1.
  const question = ask(drawn, "value", 1 * 3 + 1);
  assert.equal(question.answer, window(1, 1, 2) + 0.5);
  const mistakes = {
    bias: window(1, 1, 2),
    "bias sign": window(1, 1, 2) - 0.5,
    "bias per weight": window(1, 1, 2) + 4 * 0.5,
    dilation: window(1, 1, 1) + 0.5,
    stride: window(0, 0, 2) + 0.5,
    padding: window(2, 2, 2) + 0.5,
    flipped: window(1, 1, 2, [5, -3, 2, 1]) + 0.5,
    "transposed kernel": window(1, 1, 2, [1, -3, 2, 5]) + 0.5,
    weights: window(1, 1, 2, [1, 1, 1, 1]) + 0.5,
    mean: window(1, 1, 2) / 4 + 0.5,
  };
  for (const [name, answer] of Object.entries(mistakes)) {
    assert.equal(diagnosis(question, String(answer)), name, `${answer}`);
  }
  assert.match(
    judge(question, String(window(1, 1, 1) + 0.5)).message,
    /dilation of 2.*rows 2 to 4, every 2/,
  );
  assert.equal(diagnosis(question, String(-question.answer)), "sign");
});

test("a channel alone, or all of them", () => {
  const drawn = scene({
    operation: { kernel_size: [1, 1] },
    input: { shape: [3, 1, 1], values: [1, 2, 3] },
    weight: { shape: [1, 3, 1, 1], values: [10, 100, 1000] },
    bias: [4],
  });
  const question = ask(drawn, "value", 0);
  assert.equal(question.answer, 3214);
  for (const typed of ["204", "200"]) {
    assert.match(judge(question, typed).message, /the green channel alone/);
  }
  assert.equal(diagnosis(question, "3222"), "bias per channel");
});

test("mistakes in a transposed convolution's value", () => {
  const drawn = scene({
    operation: { kind: "transposed", kernel_size: [3], stride: [2] },
    input: { shape: [1, 2], values: [5, 7] },
    weight: { shape: [1, 1, 3], values: [1, 10, 100] },
  });
  const question = ask(drawn, "value", 2);
  assert.equal(question.answer, 507);
  assert.equal(diagnosis(question, "500"), "overlap");
  assert.equal(diagnosis(question, "7"), "overlap");
  assert.equal(diagnosis(question, "705"), "flipped");
});

test("mistakes in pooled values", () => {
  const pool = (operation, values, side) =>
    scene({ operation, input: { shape: [1, side, side], values } });
  const window = { kernel_size: [2, 2], stride: [2, 2] };
  const largest = ask(pool({ kind: "max", ...window }, [-1, -8, -3, -4], 2), "value", 0);
  const names = { "-4": "mean instead", "-16": "sum instead", "-8": "smallest instead" };
  for (const [typed, name] of Object.entries(names)) assert.equal(diagnosis(largest, typed), name);
  assert.match(judge(largest, "-4").message, /the mean of the 4 cells\. The largest is asked for/);
  const padded = {
    kind: "max",
    ...window,
    padding: [
      [1, 1],
      [1, 1],
    ],
  };
  assert.equal(
    diagnosis(ask(pool(padded, [-1, -8, -3, -4], 2), "value", 0), "0"),
    "padding counted",
  );
  assert.equal(
    diagnosis(ask(pool({ kind: "max", ...window }, [1, -8, 3, 4], 2), "value", 0), "-8"),
    "smallest instead",
  );
  const mean = {
    kind: "average",
    kernel_size: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
  };
  const counting = ask(pool(mean, [8, 4, 2, 6], 2), "value", 1);
  assert.equal(counting.answer, 3);
  assert.equal(diagnosis(counting, "6"), "padding not counted");
  assert.equal(diagnosis(counting, "12"), "sum instead");
  assert.equal(diagnosis(counting, "8"), "max instead");
  const leaving = ask(pool({ ...mean, count_include_pad: false }, [8, 4, 2, 6], 2), "value", 1);
  assert.equal(diagnosis(leaving, "3"), "padding counted");
  const set = ask(pool({ ...mean, divisor_override: 3 }, [8, 4, 2, 6], 2), "value", 1);
  assert.equal(set.answer, 4);
  assert.match(judge(set, "3").message, /divided by 3, the divisor that is set/);
  const norm = ask(pool({ kind: "lp", ...window }, [1, 5, 1, 3], 2), "value", 0);
  assert.equal(norm.answer, 6);
  assert.equal(diagnosis(norm, "36"), "root");
  assert.equal(diagnosis(norm, "3"), "mean of powers");
  const uneven = scene({
    operation: { kind: "adaptive_average", output_size: [3] },
    input: { shape: [1, 5], values: [0, 10, 20, 40, 80] },
  });
  assert.equal(diagnosis(ask(uneven, "value", 2), "20"), "equal windows");
});

test("an unpooled cell is 0 unless a maximum came from it", () => {
  const unpooled = scene({
    operation: { kind: "unpool", kernel_size: [2], stride: [2], output_size: [4] },
    input: { shape: [1, 2], values: [7, 8] },
    indices: [1, 2],
    output: { shape: [1, 4], values: [0, 7, 8, 0] },
  });
  assert.ok(judge(ask(unpooled, "value", 0), "0").right);
  assert.equal(diagnosis(ask(unpooled, "value", 0), "7"), "not here");
});

test("mistakes in a convolution's shape", () => {
  // floor((28 + 3 + 2 − 5) / 3) + 1 = 10, with dilation 2 of a kernel of 3.
  const operation = {
    kernel_size: [3, 3],
    stride: [3, 3],
    padding: [
      [3, 2],
      [3, 2],
    ],
    dilation: [2, 2],
  };
  const question = ask(shaped(operation, [1, 28, 28], [8, 1, 3, 3]), "shape");
  assert.deepEqual(question.answer, [8, 10, 10]);
  const mistakes = {
    "one side": 9, // floor(26 / 3) + 1
    padding: 8, // floor(23 / 3) + 1
    stride: 29,
    same: 28,
    "no kernel": 33,
  };
  for (const [name, size] of Object.entries(mistakes)) {
    assert.equal(diagnosis(question, `8 x ${size} x ${size}`), name, `${size}`);
  }
  assert.equal(diagnosis(question, "1 × 10 × 10"), "channels");
  assert.match(judge(question, "1 × 10 × 10").message, /1 is the input's number of channels/);
  assert.equal(diagnosis(question, "8 × 10 × 10 × 10 × 10"), "axes");
  const dilated = shaped({ kernel_size: [3], dilation: [3] }, [1, 20], [1, 1, 3]);
  assert.equal(diagnosis(ask(dilated, "shape"), "18"), "dilation");
  assert.equal(diagnosis(ask(dilated, "shape"), "12"), "dilated kernel");
  const strided = shaped({ kernel_size: [3], stride: [2] }, [1, 10], [1, 1, 3]);
  assert.equal(diagnosis(ask(strided, "shape"), "5"), "floor");
  assert.equal(diagnosis(ask(strided, "shape"), "3"), "plus one");
  assert.match(
    judge(ask(strided, "shape"), "5").message,
    /7 \/ 2 is rounded down.*floor\(\(10 − 3\) \/ 2\) \+ 1/,
  );
});

test("axes are judged one by one, and their order", () => {
  const question = ask(shaped({ kernel_size: [3, 5] }, [1, 10, 20], [1, 1, 3, 5]), "shape");
  assert.deepEqual(question.answer, [1, 8, 16]);
  assert.equal(diagnosis(question, "16 x 8"), "order");
  assert.equal(diagnosis(question, "8 x 20"), "same");
  assert.equal(diagnosis(question, "8 x 15"), "plus one");
});

test("mistakes in other shapes", () => {
  const up = {
    kind: "transposed",
    kernel_size: [4],
    stride: [3],
    padding: [[1, 1]],
    output_padding: [2],
  };
  const question = ask(shaped(up, [1, 5], [1, 1, 4]), "shape");
  assert.deepEqual(question.answer, [1, 16]); // 4 · 3 − 2 + 4 + 2
  const mistakes = {
    "output padding": 14,
    formula: 2,
    "one side": 17,
    padding: 18,
    "padding added": 20,
    "minus one": 19,
  };
  for (const [name, size] of Object.entries(mistakes))
    assert.equal(diagnosis(question, `${size}`), name);
  const pool = { kind: "max", kernel_size: [3, 3], stride: [2, 2], ceil_mode: true };
  const ceiled = ask(shaped(pool, [2, 6, 6]), "shape");
  assert.deepEqual(ceiled.answer, [2, 3, 3]);
  assert.equal(diagnosis(ceiled, "2 × 2 × 2"), "floor");
  const chosen = ask(shaped({ kind: "adaptive_max", output_size: [2, 2] }, [1, 6, 6]), "shape");
  assert.equal(diagnosis(chosen, "3"), "window");
});

test("mistakes in the number of parameters", () => {
  const bias = new Array(8).fill(0);
  const operation = { kernel_size: [3, 5], groups: 2 };
  const question = ask(shaped(operation, [8, 9, 9], [8, 4, 3, 5], bias), "parameters");
  assert.equal(question.answer, 8 * 4 * 15 + 8);
  const mistakes = {
    bias: 480,
    "bias per weight": 960,
    "one bias": 481,
    groups: 8 * 8 * 15 + 8,
    "groups twice": 4 * 4 * 15 + 8,
    channel: 8 * 15 + 8,
    map: 4 * 15 + 1,
    "kernel cells": 8 * 4 * 5 + 8,
    sharing: 480 * 7 * 5 + 8,
  };
  for (const [name, count] of Object.entries(mistakes))
    assert.equal(diagnosis(question, `${count}`), name);
  const unbiased = ask(shaped({ kernel_size: [3, 3] }, [1, 9, 9], [4, 1, 3, 3]), "parameters");
  assert.equal(diagnosis(unbiased, "40"), "no bias");
  const pooled = ask(shaped({ kind: "max", kernel_size: [2, 2] }, [1, 4, 4]), "parameters");
  assert.ok(judge(pooled, "0").right);
  assert.match(judge(pooled, "4").message, /window's 4 cells\. A pooling learns nothing/);
});
