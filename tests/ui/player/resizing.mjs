// Kernels at other sizes, as the browser makes them while a slider is dragged. From standard input
// a JSON list of {weight: {shape, values}, lines, kernel_size}; to standard output their values.
import { readFileSync } from "node:fs";
import { withOperation } from "../../../explorer/ui/components/player/change.js";
import { scene } from "./helpers.mjs";

const LARGE = 12; // every kernel fits
const lift = (size) => [...Array(3 - size.length).fill(1), ...size];

const resized = JSON.parse(readFileSync(0, "utf-8")).map(({ weight, lines, kernel_size }) => {
  const axes = weight.shape.length - 2;
  const shape = [weight.shape[1], ...Array(axes).fill(LARGE)];
  const drawn = scene({
    operation: { kernel_size: weight.shape.slice(2) },
    input: { shape, values: new Array(shape.reduce((count, size) => count * size)).fill(0) },
    output: { shape: [weight.shape[0], ...Array(axes).fill(1)], values: [] },
    weight,
    kernel_lines: lines,
  });
  return Array.from(withOperation(drawn, { kernelSize: lift(kernel_size) }).weight.values);
});
console.log(JSON.stringify(resized));
