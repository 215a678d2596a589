import assert from "node:assert/strict";
import test from "node:test";

import { lookAt, onMoment, stepOf } from "../../../../explorer/ui/components/curves/moment.js";
import {
  closest,
  colourOfWeights,
  limitsOf,
  missing,
  scoreText,
  shapeText,
  valuesOf,
  verdicts,
} from "../../../../explorer/ui/components/snapshots/moments.js";

const planes = (codes, shape, low, high) => ({ codes: btoa(String.fromCharCode(...codes)), shape, low, high });

test("only the moments that are not known are fetched", () => {
  const moments = [[3, 0], [9, 4], [20, 7]];
  assert.deepEqual(missing(moments, new Map()), [3, 20]);
  assert.deepEqual(missing(moments, new Map([[0, {}], [4, {}]])), [20, 20]);
  assert.equal(missing(moments, new Map([[0, {}], [4, {}], [7, {}]])), null);
});

test("a click between two moments finds the closer one", () => {
  assert.deepEqual([0, 2, 3, 9, 1e6].map((step) => closest([0, 5, 10], step)), [0, 0, 1, 2, 2]);
});

test("bytes become the values they stand for, picture by picture", () => {
  const two = planes([0, 255, 51, 102], [2, 1, 1, 2], -1, 1.5);
  assert.deepEqual([...valuesOf(two, 0)], [-1, 1.5]);
  valuesOf(two, 1).forEach((value, at) => assert.ok(Math.abs(value - [-0.5, 0][at]) < 1e-6));
  assert.deepEqual(limitsOf([two, planes([0], [1, 1, 1, 1], -2, 1)]), [-2, 1.5]);
});

test("weights of colours are grey at 0 and end at black and white", () => {
  assert.deepEqual([...colourOfWeights(Float32Array.of(-2, 0, 2, 4), 2)], [0, 0.5, 1, 1]);
});

test("the likeliest class is right if it is one of the labels", () => {
  const samples = [{ labels: [1] }, { labels: [0, 2] }, { labels: [] }];
  const judged = verdicts([[[1, 0.9]], [[1, 0.6], [0, 0.4]], [[0, 0.5]]], samples);
  assert.deepEqual(judged.map(({ right }) => right), [true, false, false]);
  assert.equal(scoreText(judged), "1 of 3 right");
});

test("what is shown is said, with what is left out", () => {
  const said = (shape, total, noun, shrunk = 1) => shapeText({ shape, total, shrunk }, noun);
  assert.equal(said([16, 1, 3, 3], 16, "filter"), "16 filters of 3×3");
  assert.equal(said([6, 1, 28, 28], 32, "map"), "the first 6 of 32 maps of 28×28");
  assert.equal(said([1, 1, 1, 16], 16, "map"), "16 values");
  assert.equal(said([1, 1, 1, 64], 120, "map"), "the first 64 of 120 values");
  assert.equal(said([16, 3, 16, 16], 16, "unit", 2), "16 units of 16×16, averaged 2 by 2");
});

test("all who listen hear of the moment, of the run that it is about", () => {
  const heard = [];
  const forget = onMoment((run, step) => heard.push([run, step]));
  lookAt("a", 5);
  lookAt("a", 5);
  assert.equal(stepOf("a"), 5);
  assert.equal(stepOf("b"), null);
  lookAt("b", 0);
  forget();
  lookAt("b", null);
  assert.deepEqual(heard, [["a", 5], ["b", 0]]);
});
