import assert from "node:assert/strict";
import { test } from "node:test";
import { termsAt } from "../../../explorer/ui/components/player/arithmetic.js";
import { coordinatesAt, isSliding } from "../../../explorer/ui/components/player/geometry.js";
import {
  cellMetBy,
  cellsMultipliedBy,
  outputsFedBy,
} from "../../../explorer/ui/components/player/relations.js";
import { KINDS, everyCell, randomScene, scene } from "./helpers.mjs";

const product = ([planes, rows, columns]) =>
  planes.flatMap((z) => rows.flatMap((y) => columns.map((x) => `${z},${y},${x}`)));

for (const kind of KINDS) {
  test(`${kind}: an input cell feeds the outputs that read it, and no others`, () => {
    for (let seed = 0; seed < 25; seed++) {
      const drawn = randomScene(kind, seed);
      if (drawn.operation.paddingMode !== "zeros") continue; // cells are read through padding too
      const readers = new Map();
      for (const output of everyCell(drawn.output.shape.slice(1))) {
        for (const cell of product(coordinatesAt(drawn, output))) {
          if (!readers.has(cell)) readers.set(cell, []);
          readers.get(cell).push(output.join());
        }
      }
      for (const cell of everyCell(drawn.input.shape.slice(1))) {
        assert.deepEqual(
          product(outputsFedBy(drawn, cell)),
          readers.get(cell.join()) ?? [],
          `${seed}`,
        );
      }
    }
  });
}

test("changing an input cell changes the outputs it feeds, whatever the padding mode", () => {
  for (const padding_mode of ["zeros", "reflect", "replicate", "circular"]) {
    const make = (values) =>
      scene({
        operation: { kernel_size: [3], padding: [[2, 2]], stride: [2], padding_mode },
        input: { shape: [1, 6], values },
        weight: { shape: [1, 1, 3], values: [1, 2, 4] },
      });
    const before = make([0, 0, 0, 0, 0, 0]);
    for (let at = 0; at < 6; at++) {
      const after = make([0, 0, 0, 0, 0, 0].map((_, index) => Number(index === at)));
      const changed = [...after.output.values.keys()].filter((o) => after.output.values[o] !== 0);
      assert.deepEqual(outputsFedBy(before, [0, 0, at])[2], changed, `${padding_mode} ${at}`);
    }
  }
});

test("a cell of the padding feeds the windows that lie on it", () => {
  const drawn = scene({
    operation: { kernel_size: [3], padding: [[1, 1]] },
    input: { shape: [1, 4], values: [1, 2, 3, 4] },
    weight: { shape: [1, 1, 3], values: [1, 1, 1] },
  });
  assert.deepEqual(outputsFedBy(drawn, [0, 0, -1]), [[0], [0], [0]]);
  assert.deepEqual(outputsFedBy(drawn, [0, 0, 4])[2], [3]);
  assert.deepEqual(cellsMultipliedBy(drawn, [0, 0, 0])[2], [-1, 0, 1, 2]);
  assert.deepEqual(cellsMultipliedBy(drawn, [0, 0, 2])[2], [1, 2, 3, 4]);
});

for (const kind of ["convolution", "transposed"]) {
  test(`${kind}: a weight multiplies the cells that stand beside it in some patch`, () => {
    for (let seed = 0; seed < 20; seed++) {
      const drawn = randomScene(kind, seed);
      const steps = drawn.output.values.length / drawn.output.shape[0];
      const [, height, width] = drawn.operation.kernelSize;
      let flat = 0;
      for (const kernel of everyCell(drawn.operation.kernelSize)) {
        const expected = new Set();
        for (let step = 0; step < steps; step++) {
          const { channels, position, coordinates } = termsAt(drawn, step);
          if (channels[0].inside[flat] === 3) continue;
          const { operation } = drawn;
          const at = kernel.map((k, axis) =>
            isSliding(operation)
              ? coordinates[axis][k]
              : (position[axis] + operation.padding[axis][0] - k * operation.dilation[axis]) /
                operation.stride[axis],
          );
          expected.add(at.join());
        }
        assert.deepEqual(new Set(product(cellsMultipliedBy(drawn, kernel))), expected, `${seed}`);
        flat++;
      }
      assert.equal(flat, drawn.operation.kernelSize[0] * height * width);
    }
  });
}

for (const kind of KINDS) {
  test(`${kind}: a kernel cell meets the input cell whose value is in the patch`, () => {
    for (let seed = 0; seed < 15; seed++) {
      const drawn = randomScene(kind, seed);
      const steps = drawn.output.values.length / drawn.output.shape[0];
      for (let step = 0; step < steps; step++) {
        const { channels, position, shape } = termsAt(drawn, step);
        const [{ channel, patch, inside }] = channels;
        let flat = 0;
        for (const kernel of everyCell(shape)) {
          const [[z], [y], [x]] = cellMetBy(drawn, position, kernel);
          const [, depth, rows, columns] = drawn.input.shape;
          const within = z >= 0 && y >= 0 && x >= 0 && z < depth && y < rows && x < columns;
          if (within) {
            const value = drawn.input.values[((channel * depth + z) * rows + y) * columns + x];
            assert.equal(patch[flat], value, `${seed}`);
          }
          if (inside[flat] === 3) assert.ok([z, y, x].includes(undefined));
          flat++;
        }
      }
    }
  });
}

test("a pooled cell goes back to the cell its index names", () => {
  const unpooled = scene({
    operation: { kind: "unpool", kernel_size: [2, 2], stride: [2, 2], output_size: [2, 4] },
    input: { shape: [1, 1, 2], values: [7, 8] },
    indices: [5, 3],
    output: { shape: [1, 2, 4], values: [0, 0, 0, 8, 0, 7, 0, 0] },
  });
  assert.deepEqual(outputsFedBy(unpooled, [0, 0, 0]), [[0], [1], [1]]);
  assert.deepEqual(outputsFedBy(unpooled, [0, 0, 1]), [[0], [0], [3]]);
});
