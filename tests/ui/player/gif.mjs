// Writes frames as a GIF to the standard output: width, height and delays as arguments, RGBA on the
// standard input.

import { readFileSync } from "node:fs";

import { createGif } from "../../../explorer/ui/components/player/gif.js";

const [width, height, loop, ...delays] = process.argv.slice(2).map(Number);
const pixels = new Uint8ClampedArray(readFileSync(0));
const gif = createGif(width, height, { loop: loop === 1 });
delays.forEach((delay, index) => {
  const bytes = 4 * width * height;
  gif.add(pixels.subarray(index * bytes, (index + 1) * bytes), delay);
});
process.stdout.write(gif.finish());
