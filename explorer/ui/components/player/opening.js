/** Where a play begins. No DOM. */

import { stepsOf } from "./scene.js";

const BEGIN_AT = 0.4; // part of the picture already done: something to see at first sight
const SPEED = 0.5; // the square root of all cells a second: about one row a second

/** A step worth looking at when nothing moves: the strongest response, or the middle of a picture. */
export function restingStep(scene) {
  const [, rows, columns] = scene.output.shape;
  if (scene.operation !== "convolution") {
    return Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  }
  let strongest = 0;
  for (let step = 0; step < stepsOf(scene); step++) {
    if (Math.abs(scene.output.values[step]) > Math.abs(scene.output.values[strongest])) {
      strongest = step;
    }
  }
  return strongest;
}

/** The play as a page opens; `still` for people who asked for less motion. */
export function openingPlay(scene, still) {
  const [, rows, columns] = scene.output.shape;
  const place = still ? restingStep(scene) : Math.floor(rows * BEGIN_AT) * columns;
  return { place, rest: 0, playing: !still, loop: true, speed: SPEED };
}
