// Where every part of the diagram goes, once `measure` knows how much room each takes. No DOM.
//
// Placing a part returns how the flow gets through it: `entry` { at, bare }, where it comes in (bare:
// at no thing an arrow could point to), `exit`, the points from where it goes on, `output`, the block
// that shows what comes out, if one does, and `state`, how the line to it looks.

import {
  CONCATENATE, LANE_NAME, lower, PAD, RADIUS, ROW_GAP, SKIP, SPLIT, TURN,
} from "./measure.js";
import { SLANT } from "./sizes.js";

const NAME_DOWN = 16; // from a block to the baseline of its name
const CLOSER = 2; // between a block and its arrows

/** Everything to draw, in pixels: see `arrange`. */
export class Drawing {
  constructor() {
    this.frames = []; // of blocks: { node, open, x, y, width, height }
    this.boxes = []; // layers and closed blocks: { node, x, y, width, height, depth, labelX, labelY }
    this.wires = []; // { points, arrow, state, skip }
    this.joints = []; // { node, kind: "add" | "concatenate" | "split" | "projection", x, y }
    this.notes = []; // { text, x, y, anchor, kind }
    this.windows = []; // { item, from, to, near }
  }

  wire(points, { arrow = true, state = "", skip = false } = {}) {
    this.wires.push({ points, arrow, state, skip });
  }
}

// How the flow to a node looks: it does not get to what fails or comes after it, but into a block in
// which something fails.
function stateOf({ item, broken }) {
  if (broken) return "";
  return item.role === "failed" || item.role === "waiting" ? item.role : "";
}

// How the flow out of what is in a block looks.
function stateAfter({ item }) {
  return item.shape ? "" : item.role === "failed" ? "failed" : "waiting";
}

// How the flow into an open block looks: one that fails does so where its ways come together.
function stateInto(node) {
  return node.item.role === "failed" ? "" : stateOf(node);
}

// Where the axis leaves a block's outline, which is oblique at the right.
function rightEdge({ x, width, height, depth }) {
  const rise = depth * SLANT;
  return x + width + (rise > 0 ? depth * Math.min(1, height / 2 / rise) : 0);
}

function boxOf({ node, size, width }, x, axis, labelY) {
  return {
    node,
    x: x + (width - size.width - size.depth) / 2,
    y: axis - size.height / 2,
    ...size,
    labelX: x + width / 2,
    labelY,
  };
}

function through(box, axis) {
  return {
    entry: { at: [box.x - CLOSER, axis], bare: false },
    exit: [[rightEdge(box) + CLOSER, axis]],
    output: box,
    state: box.node.broken ? "failed" : stateOf(box.node),
  };
}

function addWindow(drawing, box, source, near) {
  const { item } = box.node;
  if (!item.kernel || !item.shape || !(source?.node.item.shape?.length > 1)) return;
  drawing.windows.push({ item, from: source, to: box, near });
}

function frameOf(drawing, part, x, axis, open) {
  const frame = {
    node: part.node, open, x, y: axis - part.above, width: part.width, height: part.above + part.below,
  };
  drawing.frames.push(frame);
  return frame;
}

function placePart(drawing, part, x, axis, source, row, near) {
  if (part.kind === "layer") {
    const box = boxOf(part, x, axis, axis + part.half + lower(part, row) + NAME_DOWN);
    drawing.boxes.push(box);
    addWindow(drawing, box, source, near);
    return through(box, axis);
  }
  frameOf(drawing, part, x, axis, part.kind !== "closed");
  if (part.kind === "closed") {
    const box = boxOf(part, x, axis, axis + part.size.height / 2 + NAME_DOWN);
    drawing.boxes.push(box);
    return through(box, axis);
  }
  if (part.kind === "branches") return placeBranches(drawing, part, x, axis, source);
  if (part.kind === "residual") return placeResidual(drawing, part, x, axis, source);
  const inside = (part.width - part.lists[0].width) / 2;
  return placeList(drawing, part.lists[0], x + inside, axis, source, true);
}

function placeResidual(drawing, part, x, axis, source) {
  const { node } = part;
  const [list] = part.lists;
  const split = [x + PAD, axis];
  const join = [x + part.width - PAD - RADIUS, axis];
  const top = axis - list.above - SKIP / 2;
  const body = placeList(drawing, list, split[0] + SPLIT, axis, source, true);
  drawing.wire([split, body.entry.at], { arrow: !body.entry.bare, state: body.state });
  const state = stateAfter(node);
  drawing.wire([...body.exit, [join[0] - RADIUS, axis]], { state });
  const past = [split, [split[0], top], [join[0], top], [join[0], axis - RADIUS]];
  drawing.wire(past, { state, skip: true });
  drawing.joints.push({ node, kind: "split", x: split[0], y: axis }, { node, kind: "add", x: join[0], y: axis });
  const middle = (split[0] + join[0]) / 2;
  if (node.item.shortcut === "projection") drawing.joints.push({ node, kind: "projection", x: middle, y: top });
  else drawing.notes.push({ text: "+ input", x: middle, y: top - 4, anchor: "middle", kind: "skip" });
  return {
    entry: { at: split, bare: true },
    exit: [[join[0] + RADIUS, axis]],
    output: body.output,
    state: stateInto(node),
  };
}

function placeBranches(drawing, part, x, axis, source) {
  const { node, joint } = part;
  const { join, shape } = node.item;
  const split = [x + PAD, axis];
  const state = stateAfter(node);
  const half = join === "add" ? RADIUS : CONCATENATE.width / 2;
  const centre = x + part.width - PAD - joint / 2;
  const trunk = centre - joint / 2 - SPLIT;
  let last = null;
  part.lists.forEach((list, number) => {
    const lane = axis + part.lanes[number];
    const start = split[0] + SPLIT + LANE_NAME;
    const name = `branch${number + 1}`;
    drawing.notes.push({ text: name, x: split[0] + SPLIT / 2 + 4, y: lane - 4, anchor: "start", kind: "lane" });
    if (!list.rows.length) {
      const text = "as it came";
      drawing.notes.push({ text, x: start + 4, y: lane - 4, anchor: "start", kind: "lane" });
    }
    const put = placeList(drawing, list, start, lane, source, true);
    const way = [split, [split[0] + SPLIT / 2, axis], [split[0] + SPLIT / 2, lane], put.entry.at];
    drawing.wire(way, { arrow: !put.entry.bare, state: put.state });
    drawing.wire([...put.exit, [trunk, lane], [trunk, axis], [centre - half, axis]], { state });
    last = put.output ?? source;
  });
  drawing.joints.push({ node, kind: "split", x: split[0], y: axis }, { node, kind: join, x: centre, y: axis });
  return {
    entry: { at: split, bare: true },
    exit: [[centre + half, axis]],
    output: join === "add" && shape ? last : null,
    state: stateInto(node),
  };
}

/** Place the rows of a list. `back` brings the flow back onto the axis of the first row at the end. */
function placeList(drawing, list, x, axis, source, back) {
  const left = list.rows.length > 1 ? x + TURN : x;
  if (!list.rows.length) {
    const exit = [[x, axis], [x + list.width, axis]];
    return { entry: { at: exit[0], bare: true }, exit, output: source, state: "" };
  }
  let first = null;
  let before = null; // the part that was placed last, and how the flow leaves it
  let now = axis;
  list.rows.forEach((row, number) => {
    now = axis + row.axis;
    for (const part of row.parts) {
      const output = before ? before.put.output : source;
      const near = Boolean(before) && before.row === row && before.part.kind === "layer";
      const put = placePart(drawing, part, left + part.left, now, output, row, near);
      if (before) {
        const way = [...before.put.exit, ...before.turn, put.entry.at];
        drawing.wire(way, { arrow: !put.entry.bare, state: put.state });
      }
      first ??= put;
      before = { part, put, row, turn: [] };
    }
    const next = list.rows[number + 1];
    if (next) {
      const [right, between] = [left + row.width + TURN / 2, now + row.below + ROW_GAP / 2];
      const start = left - TURN / 2;
      before.turn = [[right, now], [right, between], [start, between], [start, axis + next.axis]];
    }
  });
  const exit = [...before.put.exit];
  const end = x + list.width - 2;
  if (back && now !== axis) exit.push([end, now], [end, axis]);
  return { entry: first.entry, exit, output: before.put.output, state: first.state };
}

/** Place a measured network with its upper left corner at (x, y). */
export function place(list, x, y) {
  const drawing = new Drawing();
  placeList(drawing, list, x, y + list.above, null, false);
  return drawing;
}
