/** Where a play begins. No DOM. */

import { hasWeights, productOf } from "./geometry.js";

const BEGIN_AT = 0.4; // part of the picture already done: something to see at first sight
const SPEED = 0.5; // the square root of all cells a second: about one row a second

/**
 * A step worth looking at when nothing moves: the strongest response, or the middle of a picture.
 */
export function restingStep(scene) {
  const [, depth, rows, columns] = scene.output.shape;
  if (!hasWeights(scene.operation)) {
    const row = Math.floor(depth / 2) * rows + Math.floor(rows / 2);
    return row * columns + Math.floor(columns / 2);
  }
  let strongest = 0;
  for (let step = 0; step < depth * rows * columns; step++) {
    if (Math.abs(scene.output.values[step]) > Math.abs(scene.output.values[strongest])) {
      strongest = step;
    }
  }
  return strongest;
}

/** The beginning of a row some way down; of a single row, a cell some way along. */
function beginning([depth, rows, columns]) {
  if (rows === 1) return Math.floor(columns * BEGIN_AT) + Math.floor(depth / 2) * columns;
  return (Math.floor(depth / 2) * rows + Math.floor(rows * BEGIN_AT)) * columns;
}

/**
 * The play as a page opens: as the scene's `opening` says, where it says something.
 * @param {boolean} still for people who asked for less motion
 * @param {number[]} size of what is played through: the output's, of stamping the input's
 */
export function openingPlay(scene, still, size = scene.output.shape.slice(1)) {
  const { step = null, playing = true } = scene.opening ?? {};
  const moving = playing && !still;
  const stamping = productOf(size) !== productOf(scene.output.shape.slice(1));
  let place = moving || stamping ? beginning(size) : restingStep(scene);
  if (step !== null) place = Math.max(0, Math.min(productOf(size) - 1, step));
  return { place, rest: 0, playing: moving, loop: true, speed: SPEED };
}
