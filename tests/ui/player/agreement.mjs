// Prints what the player computes for every output cell of the packed scenes in a folder:
// one line of JSON per file, in the order of the names.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import { parseScene, stepsOf } from "../../../explorer/ui/components/player/scene.js";

const folder = process.argv[2];
for (const name of readdirSync(folder).sort()) {
  const scene = parseScene(new Uint8Array(readFileSync(join(folder, name))));
  const pooling = scene.operation !== "convolution";
  const maps = scene.output.shape[0];
  const values = Array.from({ length: pooling ? 1 : maps }, (_, map) =>
    Array.from({ length: stepsOf(scene) }, (_, step) => {
      const terms = termsAt(scene, step, map);
      return pooling ? terms.channels.map(({ value }) => String(value)) : String(terms.value);
    }),
  );
  console.log(JSON.stringify(values));
}
