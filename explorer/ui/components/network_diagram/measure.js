// How much room every part of the diagram takes: layers, closed and open blocks, and the rows that
// lists of them are broken into. No DOM.
//
// Each part has a line through it, the axis, on which the flow enters at the left and leaves at the
// right; `above` and `below` say how far it reaches from there, `width` how far along it.

import { labelled, scales, shapeText, sizeOf, SLANT, textWidth } from "./sizes.js";
import { shown } from "./tree.js";

export const GAP = 22; // between two layers, for the arrow
export const ROW_GAP = 22;
export const TURN = 16; // at the sides of rows, for the line from one to the next
export const PAD = 10; // inside a block's frame
export const TITLE = 22;
export const CHEVRON = 16; // the triangle before a block's title
export const SPLIT = 16; // from a frame's edge to where the flow splits, and from there on
export const SKIP = 26; // above a residual block's body, for the arrow past it
export const RADIUS = 9; // of the sign for adding
export const LANE_NAME = 48;
const NAME_LINE = 20; // under a block: its name
const LINE = 13; // each further line
const LANE_GAP = 14;
const EMPTY = { width: 34, above: 9, below: 9 };

export const CONCATENATE = { width: 50, height: 20 };

function measureLayer(node, { scale }) {
  const size = sizeOf(node.item, scale);
  const shape = node.item.plate || !node.item.shape ? "" : shapeText(node.item.shape);
  const label = Math.max(textWidth(labelled(node.name), { name: true }), textWidth(shape));
  return {
    kind: "layer",
    node,
    size,
    width: Math.max(size.width + size.depth, label),
    above: size.height / 2 + size.depth * SLANT,
    below: size.height / 2 + NAME_LINE + (shape ? LINE : 0),
    half: size.height / 2,
    upright: node.item.shape?.length === 1, // a row of values, often far higher than pictures
  };
}

/** What kind of block it is, and whether training leaves its weights alone. */
function kindOf({ kind, frozen }) {
  return frozen ? `${kind}, frozen` : kind;
}

/** What stands under a closed block: its shape, its kind, how many layers are in it. */
export function closedLines({ item, layers }) {
  const times = item.repeat > 1 ? ` ×${item.repeat}` : "";
  return [
    ...(item.shape ? [shapeText(item.shape)] : []),
    `${kindOf(item)}${times}`,
    `${layers} layer${layers === 1 ? "" : "s"}`,
  ];
}

/**
 * An open block's title, in the parts that look different: name, kind, and of a repeated one how
 * often and what comes out at the end, as what is in it shows only the first time.
 */
export function titleOf({ name, item }) {
  const repeated = item.repeat > 1;
  const result = repeated && item.shape ? `→ ${shapeText(item.shape)}` : "";
  return [labelled(name), kindOf(item), repeated ? `×${item.repeat}` : "", result];
}

function titleWidth(node) {
  const [name, ...others] = titleOf(node);
  return CHEVRON + textWidth(name, { name: true }) + textWidth(`  ${others.join("  ")}`) + 2 * PAD;
}

function measureClosed(node, { scale }) {
  const size = sizeOf(node.item, scale);
  const lines = closedLines(node);
  const name = CHEVRON + textWidth(labelled(node.name), { name: true });
  const widest = Math.max(size.width + size.depth, name, ...lines.map((line) => textWidth(line)));
  return {
    kind: "closed",
    node,
    size,
    width: widest + 2 * PAD,
    above: size.height / 2 + size.depth * SLANT + TITLE + PAD / 2,
    below: size.height / 2 + LINE * lines.length + PAD,
  };
}

function measureOpen(node, context, available) {
  const { item } = node;
  if (item.join) return measureBranches(node, context, available);
  const sides = item.shortcut ? 2 * PAD + SPLIT + GAP + 2 * RADIUS : 2 * PAD;
  const list = measureList(node.lists[0], context, available - sides);
  return {
    kind: item.shortcut ? "residual" : "sequential",
    node,
    lists: [list],
    width: Math.max(list.width + sides, titleWidth(node)),
    above: list.above + (item.shortcut ? SKIP : PAD / 2) + TITLE,
    below: list.below + PAD,
    wrapped: list.rows.length > 1 || list.wrapped,
  };
}

function measureBranches(node, context, available) {
  const { item } = node;
  const shape = item.shape ? textWidth(shapeText(item.shape)) : 0;
  const joint = Math.max(item.join === "add" ? 2 * RADIUS : CONCATENATE.width, shape);
  const sides = 2 * PAD + SPLIT + LANE_NAME + GAP + SPLIT + joint;
  const lists = node.lists.map((nodes) => measureList(nodes, context, available - sides));
  let top = 0;
  const axes = lists.map((list) => {
    const axis = top + list.above;
    top = axis + list.below + LANE_GAP;
    return axis;
  });
  const middle = (axes[0] + axes.at(-1)) / 2;
  return {
    kind: "branches",
    node,
    lists,
    lanes: axes.map((axis) => axis - middle),
    joint,
    width: Math.max(sides + Math.max(...lists.map(({ width }) => width)), titleWidth(node)),
    above: middle + TITLE + PAD / 2,
    below: top - LANE_GAP - middle + PAD,
    wrapped: lists.some((list) => list.rows.length > 1 || list.wrapped),
  };
}

function measureNode(node, context, available) {
  if (!node.lists) return measureLayer(node, context);
  return context.isOpen(node) ? measureOpen(node, context, available) : measureClosed(node, context);
}

/** How much lower a layer's name stands than it needs: on one line, below the largest picture. */
export function lower(part, row) {
  return part.kind === "layer" ? Math.max(0, row.half - part.half) : 0;
}

/** Parts one after another: in one row if they fit, else in as many as the width needs. */
function measureList(nodes, context, available) {
  if (!nodes.length) return { ...EMPTY, rows: [], wrapped: false };
  const { inOneRow } = context;
  if (!inOneRow.has(nodes)) inOneRow.set(nodes, measureRows(nodes, context, Infinity));
  const list = inOneRow.get(nodes);
  return list.width <= available ? list : measureRows(nodes, context, available - 2 * TURN);
}

function measureRows(nodes, context, room) {
  const rows = [];
  for (const node of nodes) {
    const part = measureNode(node, context, room);
    let row = rows.at(-1);
    if (!row || row.width + GAP + part.width > room) {
      row = { parts: [], width: -GAP, above: 0, below: 0, half: 0 };
      rows.push(row);
    }
    part.left = row.width + GAP;
    row.width = part.left + part.width;
    row.parts.push(part);
    if (part.kind === "layer" && !part.upright) row.half = Math.max(row.half, part.half);
  }
  let axis = 0;
  let before = null;
  for (const row of rows) {
    row.above = Math.max(...row.parts.map((part) => part.above));
    row.below = Math.max(...row.parts.map((part) => part.below + lower(part, row)));
    if (before) axis += before.below + ROW_GAP + row.above;
    row.axis = axis;
    before = row;
  }
  return {
    rows,
    width: Math.max(...rows.map(({ width }) => width)) + (rows.length > 1 ? 2 * TURN : 0),
    above: rows[0].above,
    below: axis + before.below,
    wrapped: rows.some(({ parts }) => parts.some((part) => part.wrapped)),
  };
}

/**
 * Measure a network at a width, its largest picture `tallest` pixels high; `isOpen(node)` says of
 * each block whether one sees into it. The list of the outermost nodes, with the scale in `scale`.
 */
export function measure(tree, isOpen, available, tallest) {
  const shapes = [...shown(tree, isOpen)]
    .filter(({ item, lists }) => item.shape && !(lists && item.plate))
    .map(({ item }) => item.shape);
  const scale = scales(shapes, tallest);
  return { ...measureList(tree, { scale, isOpen, inOneRow: new Map() }, available), scale };
}
