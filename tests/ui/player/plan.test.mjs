import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrangement,
  fit,
  gridCellUnder,
  planArithmetic,
} from "../../../explorer/ui/components/player/plan.js";

test("panels fit the width, whatever it is", () => {
  for (const width of [280, 400, 479, 480, 760, 1399, 1400, 2400]) {
    const { columns, picture, arithmetic } = arrangement(width, [640, 64], 400);
    assert.ok(picture.height <= 400);
    const used = columns === 3 ? 2 * picture.width + arithmetic : columns * picture.width;
    assert.ok(used <= width && arithmetic <= width, `${width}`);
  }
});

test("a field keeps its cells square in its box", () => {
  const { cell, width, height } = fit(64, 43, 320, 400);
  assert.deepEqual([cell, width, height], [5, 320, 215]);
});

const contentOf = (size, rows) => ({
  roles: ["patch", "kernel", "products"].map((role) => ({ role, rows: size, columns: size })),
  rows: Array.from({ length: rows }, (_, channel) => ({ channel })),
  lines: 5,
  results: 1,
});

test("the arithmetic fits its width for every kernel and is numbered where there is room", () => {
  for (const width of [320, 440, 760, 1100]) {
    for (let size = 1; size <= 11; size++) {
      for (const rows of [1, 3]) {
        const plan = planArithmetic(contentOf(size, rows), width, 400);
        assert.equal(plan.grids.length, 3 * rows);
        for (const grid of plan.grids) {
          assert.ok(grid.x >= 0 && grid.x + grid.width <= width, `${width} ${size} ${rows}`);
          assert.ok(grid.y >= 0 && grid.y + grid.height <= plan.height);
        }
        assert.ok(plan.ledger.x + plan.ledger.width <= width);
        if (size <= 3) assert.ok(plan.numbered, `${width} ${size} ${rows}`);
      }
    }
  }
});

test("every cell of the arithmetic is found under its middle, and nothing beside the grids", () => {
  const plan = planArithmetic(contentOf(3, 2), 760, 400);
  for (const grid of plan.grids) {
    for (let index = 0; index < 9; index++) {
      const x = grid.x + ((index % 3) + 0.5) * plan.cell.width;
      const y = grid.y + (Math.floor(index / 3) + 0.5) * plan.cell.height;
      assert.deepEqual(gridCellUnder(plan, x, y), { grid, index });
    }
  }
  assert.equal(gridCellUnder(plan, plan.grids[0].x - 1, plan.grids[0].y), null);
});
