// What the player computes, as lines of JSON: for every packed scene in a folder, in the order of
// the names, its taps, its whole output and the terms of every cell; then, for every operation in
// drawn.json, the output's size or null where it is refused.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import { createComputation } from "../../../explorer/ui/components/player/compute.js";
import { NO_TAP, hasWeights, outputSize } from "../../../explorer/ui/components/player/geometry.js";
import {
  liftedOperation,
  parseScene,
} from "../../../explorer/ui/components/player/scene.js";

const SLICE_MILLISECONDS = 1;

// JSON knows neither infinities nor NaN.
const plain = (value) => (Number.isFinite(value) ? value : String(value));

function wholeOutput(scene) {
  const computation = createComputation(scene);
  while (!computation.done) computation.advance(SLICE_MILLISECONDS);
  return computation.output;
}

/** Per map the value of every cell, by its terms. */
function cellByCell(scene) {
  const weighted = hasWeights(scene.operation);
  const maps = Array.from({ length: scene.output.shape[0] }, () => []);
  const steps = scene.output.shape.slice(1).reduce((count, size) => count * size);
  for (let step = 0; step < steps; step++) {
    if (weighted) maps.forEach((values, map) => values.push(termsAt(scene, step, map).value));
    else termsAt(scene, step).channels.forEach(({ value }, map) => maps[map].push(value));
  }
  return maps.flat();
}

/** Per axis, the [kernel index, source] pairs of every output index. */
function pairsOf({ taps }) {
  return taps.map(({ size, count, kernel, source }) =>
    Array.from({ length: size }, (_, position) =>
      Array.from({ length: count }, (_, entry) => position * count + entry)
        .filter((at) => kernel[at] !== NO_TAP)
        .map((at) => [kernel[at], source[at]]),
    ),
  );
}

const folder = process.argv[2];
for (const name of readdirSync(folder).sort()) {
  if (name === "drawn.json") continue;
  const scene = parseScene(new Uint8Array(readFileSync(join(folder, name))));
  const line = {
    size: outputSize(scene.operation, scene.input.shape.slice(1)),
    taps: pairsOf(scene),
    output: Array.from(wholeOutput(scene), plain),
    cells: cellByCell(scene).map(plain),
  };
  console.log(JSON.stringify(line));
}
for (const { header, size } of JSON.parse(readFileSync(join(folder, "drawn.json"), "utf-8"))) {
  const lifted = [...Array(3 - size.length).fill(1), ...size];
  console.log(JSON.stringify(outputSize(liftedOperation(header, lifted, size.length), lifted)));
}
