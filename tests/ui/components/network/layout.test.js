import assert from "node:assert/strict";
import test from "node:test";
import { arrange, SLANT } from "../../../../explorer/ui/components/network_diagram/layout.js";

const item = (name, shape, plate = false) => ({ name, shape, plate });
const TUTORIAL = [
  item("input", [1, 28, 28]),
  item("conv1", [16, 28, 28]),
  item("pool1", [16, 14, 14]),
  item("conv2", [32, 12, 12]),
  item("relu1", [32, 12, 12], true),
  item("conv3", [64, 7, 7]),
  item("flatten1", [3136]),
  item("fc1", [10]),
  item("broken", null),
];

// Every pixel a block takes, its depth and its label's line included.
function extent({ x, y, width, height, depth, labelY }) {
  return { left: x, right: x + width + depth, top: y - depth * SLANT, bottom: Math.max(y + height, labelY) };
}

for (const width of [320, 436, 756, 1400]) {
  test(`blocks stay inside ${width} pixels and apart from one another`, () => {
    const { blocks, height } = arrange(TUTORIAL, width);
    const extents = blocks.map(extent);
    for (const [number, one] of extents.entries()) {
      assert.ok(one.left >= 0 && one.right <= width, `block ${number}`);
      assert.ok(one.top >= 0 && one.bottom <= height, `block ${number}`);
      for (const other of extents.slice(number + 1)) {
        const apart =
          one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
        assert.ok(apart, `block ${number}`);
      }
    }
  });

  test(`sizes are to scale at ${width} pixels`, () => {
    const { blocks, scale } = arrange(TUTORIAL, width);
    TUTORIAL.forEach(({ shape, plate }, number) => {
      if (shape?.length !== 3) return;
      assert.ok(Math.abs(blocks[number].height - shape[1] * scale.side) < 1e-9);
      if (plate) return;
      assert.ok(Math.abs(blocks[number].width - shape[2] * scale.side) < 1e-9);
      assert.ok(Math.abs(blocks[number].depth - Math.max(1, shape[0] * scale.depth)) < 1e-9);
    });
  });
}

test("blocks go from left to right and then on in the next row", () => {
  const { blocks } = arrange(TUTORIAL, 436);
  blocks.slice(1).forEach((block, number) => {
    const before = blocks[number];
    assert.ok(block.row > before.row || (block.row === before.row && block.x > before.x));
  });
  assert.ok(blocks.at(-1).row > 0);
});

test("pictures are drawn larger where that costs no row", () => {
  assert.equal(arrange(TUTORIAL, 2000).blocks[0].height, 150);
  assert.ok(arrange(TUTORIAL, 756).blocks[0].height < 150);
  assert.equal(arrange(TUTORIAL, 756).blocks.at(-1).row, 0);
});

test("an input without layers is a diagram too", () => {
  assert.equal(arrange([item("input", [1, 28, 28])], 400).blocks.length, 1);
});
