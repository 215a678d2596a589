/**
 * What a play goes through, step by step. No DOM.
 *
 * Gathering: each step is an output cell, and its window reads the input. Stamping (transposed
 * convolution): each step is an input cell, and its stamp is added to the output.
 */

import { termsAt } from "./arithmetic.js";
import { sentence } from "./format.js";
import { ledgerLines } from "./ledger.js";
import { accumulate, overlapCounts, stampAt } from "./stamps.js";

const sizesOf = (field) => field.shape.slice(1);
const product = (sizes) => sizes.reduce((count, size) => count * size, 1);

export const OVERLAP = -1; // in place of a map: how many stamps each output cell received

/** Steps are output cells. */
export function gathering(scene) {
  const size = sizesOf(scene.output);
  return {
    scene,
    stamps: false,
    size,
    steps: product(size),
    terms: (step, map) => termsAt(scene, step, map),
    inputCells: (terms) => terms.coordinates,
    outputCells: (terms) => terms.position.map((at) => [at]),
    lines: (terms) => ledgerLines(scene, terms),
    sentence: (terms) => sentence(scene, terms),
  };
}

/** Steps are input cells; `partial` is the output after so many stamps. */
export function stamping(scene) {
  const size = sizesOf(scene.input);
  const counting = countingScene(scene);
  const outputSize = sizesOf(scene.output);
  let last = { steps: -1 }; // asked for several times a frame
  const within = (axis) => (at) => at >= 0 && at < outputSize[axis];
  return {
    scene,
    stamps: true,
    size,
    steps: product(size),
    terms: (step, map) => stampAt(scene, step, Math.max(0, map)),
    inputCells: (terms) => terms.position.map((at) => [at]),
    // what lies outside the output is what the padding cuts off
    outputCells: (terms) => terms.coordinates.map((along, axis) => along.filter(within(axis))),
    lines: (terms) => ledgerLines(scene, terms),
    sentence: (terms) => sentence(scene, terms),
    partial: (steps, map) => {
      if (last.steps !== steps || last.map !== map) {
        const counted = map === OVERLAP;
        last = { steps, map, values: accumulate(counted ? counting : scene, steps, Math.max(0, map)) };
      }
      return last.values;
    },
    overlaps: () => overlapCounts(scene),
  };
}

/** The same stamps, all of ones: adding them up counts the overlaps. */
function countingScene(scene) {
  const [, , ...kernel] = scene.weight.shape;
  const ones = (shape) => ({ shape, values: new Float32Array(product(shape)).fill(1) });
  return {
    ...scene,
    operation: { ...scene.operation, groups: 1 },
    input: ones([1, ...sizesOf(scene.input)]),
    weight: ones([1, 1, ...kernel]),
    bias: null,
    output: { shape: [1, ...sizesOf(scene.output)], values: scene.output.values },
  };
}
