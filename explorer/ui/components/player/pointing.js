/** What pointer and keys do to the player: point at cells and weights, pin them, type into them. */

import { patchShape } from "./arithmetic.js";
import { plain } from "./format.js";
import { positionOf, stepAt } from "./geometry.js";
import { openNumberBox } from "./number_box.js";
import { gridCellUnder } from "./plan.js";
import { cellUnder } from "./surface.js";

/** The focus on one cell of the arithmetic's grids. */
export function weightFocus(scene, grid, index) {
  const [row, column] = [Math.floor(index / grid.columns), index % grid.columns];
  const [, rows, columns] = patchShape(scene);
  return {
    kind: "weight",
    row: grid.row,
    index,
    channel: grid.channel,
    flat: grid.slice * rows * columns + index,
    kernel: [grid.slice, row, column],
  };
}

/** A cell of a panel: the side that the play steps through gives a step, the other one a link. */
function focusOn(stage, name, event) {
  const { view, slice } = stage[name];
  const found = cellUnder(view, event);
  if (!found) return null;
  const { stamps, size } = stage.presentation;
  const position = [slice, ...found];
  return name === (stamps ? "input" : "output")
    ? { kind: name, step: stepAt(position, size) }
    : { kind: name, position };
}

function focusOnWeight({ arithmetic, scene }, event) {
  const { left, top } = arithmetic.area.getBoundingClientRect();
  const found = gridCellUnder(arithmetic.plan, event.clientX - left, event.clientY - top);
  if (!found || found.grid.role === "value") return null;
  return weightFocus(scene, found.grid, found.index);
}

function follow(element, focusOf, point) {
  for (const name of ["pointermove", "pointerdown"]) {
    element.addEventListener(name, (event) => point(focusOf(event)));
  }
  for (const name of ["pointerleave", "pointercancel"]) {
    element.addEventListener(name, () => point(null));
  }
}

/** Type another number into a cell of the input. */
function editInput(player, focus) {
  const { stage, live, channel } = player;
  const { view } = stage.input;
  const { shape, values } = live.scene.input;
  const [, depth, rows, columns] = shape;
  const [z, y, x] = focus.position ?? positionOf(focus.step, stage.presentation.size);
  if (z < 0 || z >= depth || y < 0 || y >= rows || x < 0 || x >= columns) return;
  const flat = ((channel * depth + z) * rows + y) * columns + x;
  openNumberBox(
    view.element,
    {
      left: (x - view.left) * view.cell,
      top: (y - view.top) * view.cellHeight,
      width: view.cell,
      height: view.cellHeight,
    },
    {
      text: plain(values[flat]),
      label: `Input, row ${y + 1}, column ${x + 1}`,
      take: (value) => {
        live.change({ input: { flat, value } });
        live.release();
      },
      closed: () => player.request(),
      say: (text) => player.say(text),
    },
  );
}

/** Listen on the player's panels and keys. */
export function listen(player) {
  const { stage } = player;
  const point = (focus) => player.point(focus);
  for (const name of ["input", "output"]) {
    const { element } = stage[name].view;
    follow(element, (event) => focusOn(stage, name, event), point);
    element.addEventListener("click", (event) => {
      const focus = focusOn(stage, name, event);
      if (!focus) return;
      const again = player.togglePin(focus);
      const editable = name === "input" && !stage.scene.stuffing;
      if (!again || !editable) return;
      player.togglePin(focus); // it stays pinned while its number is typed
      editInput(player, focus);
    });
  }
  follow(stage.arithmetic.area, (event) => focusOnWeight(stage, event), point);
  player.root.addEventListener("keydown", (event) => pressed(player, event));
}

/** Keys for what a pointer does: pin the step, walk over the input's cells, type into one. */
function pressedOnCells(player, key) {
  const { pin, stage } = player;
  const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const walking = pin?.kind === "input" && pin.position;
  if (key === "i" && !stage.presentation.stamps) {
    const { cells } = stage.shown;
    const { slice, range } = stage.input;
    const [y, x] = [1, 2].map((axis) =>
      Math.max(range[axis][0], cells.input[axis][cells.input[axis].length >> 1] ?? 0),
    );
    player.togglePin({ kind: "input", position: [slice, y, x] });
    return true;
  }
  if (key === "Enter") {
    if (walking && !stage.scene.stuffing) editInput(player, pin);
    else player.togglePin({ kind: stage.presentation.stamps ? "input" : "output", step: player.stepNow().at });
    return true;
  }
  if (!walking || !arrows[key]) return false;
  const within = (at, [low, high]) => Math.max(low, Math.min(high - 1, at));
  const [rows, columns] = arrows[key];
  const [z, y, x] = pin.position;
  const { range } = stage.input;
  player.pin = null;
  player.togglePin({
    kind: "input",
    position: [z, within(y + rows, range[1]), within(x + columns, range[2])],
  });
  return true;
}

function pressed(player, event) {
  const { tagName } = event.target;
  const taken = tagName === "INPUT" || (tagName === "BUTTON" && event.key === " ");
  if (taken || event.ctrlKey || event.metaKey || event.altKey) return;
  const onStage = event.target === player.stage.element;
  if (onStage && pressedOnCells(player, event.key)) {
    event.preventDefault();
    event.stopPropagation();
    requestAnimationFrame(() => player.say(player.note(player.linkNow()))); // once it is painted
    return;
  }
  const actions = {
    " ": () => player.setPlaying(!player.play.playing),
    ArrowLeft: () => player.move(0, -1),
    ArrowRight: () => player.move(0, 1),
    ArrowUp: () => player.move(-1, 0),
    ArrowDown: () => player.move(1, 0),
    Home: () => player.seek(0),
    End: () => player.seek(player.steps - 1),
    Escape: () => player.unpin(),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  actions[event.key]();
}
