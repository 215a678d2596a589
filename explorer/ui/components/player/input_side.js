/** The input with its padding and the window on it. */

import { counted, listed, times } from "./format.js";
import { extent, unreached } from "./geometry.js";
import { paddedImage, planeImage } from "./images.js";
import { paintCurrent, paintInput, paintLinked, paintLoupe, paintWindow } from "./paint_fields.js";
import { ownShape } from "./scene.js";
import { Side, flat, middle } from "./side.js";

export class InputSide extends Side {
  constructor(chooseChannel) {
    super("input", "Input", chooseChannel);
  }

  take(presentation) {
    const { scene } = presentation;
    const size = scene.input.shape.slice(1);
    this.presentation = presentation;
    this.scene = scene;
    // [low, high) per axis of what is drawn: the padding lies below zero and past the end
    this.range = presentation.stamps
      ? size.map((cells) => [0, cells])
      : extent(scene.operation, size).map(([low, high], axis) => [
          Math.min(0, low),
          Math.max(size[axis], high),
        ]);
    // rows and columns at the end that no window reads: what the floor drops
    this.unread = presentation.stamps ? [0, 0] : flat(unreached(scene.operation, size));
    this.describe(size);
  }

  describe(size) {
    const { scene, range } = this;
    const padded = range.some(([low, high], axis) => high - low > size[axis]);
    const [rows, columns] = this.unread;
    const unread = [rows && counted(rows, "row"), columns && counted(columns, "column")];
    const words = listed(unread.filter(Boolean));
    this.shape.textContent =
      times(ownShape(scene, scene.input.shape)) +
      (padded ? " and padding" : "") +
      (words ? `; ${words} never read` : "");
  }

  refresh(scales, theme) {
    const { scene } = this;
    this.forget();
    Object.assign(this, { scale: scales.input, theme });
    this.legend.show(scales.input, scene.colour, scene.colour && scene.input.values);
  }

  /** The pixels of a slice, without padding. */
  imageOf(channel, slice) {
    const { scene, scale } = this;
    return this.image(`${channel} ${slice}`, () =>
      planeImage(scene.input, { colour: scene.colour, scale, map: channel, slice }),
    );
  }

  /** Channels to choose from, where they are not shown as one picture. */
  showChips(channel, pooled) {
    const { scene } = this;
    const half = Math.floor(scene.input.shape[1] / 2);
    const channels = scene.colour || pooled ? [] : scene.channels;
    this.chips.show(
      channels.map((label, index) => ({ label, image: this.imageOf(index, half) })),
      channel,
      "Channels of the input",
    );
  }

  /** Paint the window's cells and what else belongs together; the slice follows the window. */
  paint(channel, cells, linked) {
    const { scene, view, theme } = this;
    const [, depth] = scene.input.shape;
    this.slice = linked?.slice ?? middle(cells[0], this.slice);
    Object.assign(this, { channel, cells, linked });
    if (this.painted !== `${channel} ${this.slice}`) {
      this.painted = `${channel} ${this.slice}`;
      const pen = view.pixels.getContext("2d");
      pen.clearRect(0, 0, view.columns, view.rows);
      if (this.slice >= 0 && this.slice < depth) {
        const image = this.imageOf(channel, this.slice);
        pen.putImageData(paddedImage(image, scene.operation.paddingMode, flat(this.range)), 0, 0);
      }
      this.paintStill(this.cleared(view.marksPen));
    }
    this.paintMoving(this.cleared(view.movingPen));
    const marks = { cells, shown: this.slice, colour: theme.kernel, label: "All slices of the input" };
    const imageOf = (at) => (at >= 0 && at < depth ? this.imageOf(channel, at) : null);
    this.slices.show(depth, imageOf, marks, theme);
  }

  paintStill(pen) {
    const { scene, scale, channel: map, slice, unread } = this;
    paintInput(pen, this.view, { scene, scale, map, slice, unread }, this.theme);
  }

  paintMoving(pen) {
    const { view, theme, linked, cells, slice } = this;
    if (linked?.cells[0].includes(slice)) {
      paintLinked(pen, view, flat(linked.cells), theme[linked.role], theme);
    }
    if (this.presentation.stamps) {
      paintCurrent(pen, view, flat(cells), theme, theme.kernel);
      return;
    }
    if (!linked?.alone) paintWindow(pen, view, flat(cells), theme);
    if (!linked) paintLoupe(pen, view, flat(cells), theme);
  }

  drawOn(pen, placeOf) {
    this.draw(pen, placeOf, this.theme, () => {
      this.paintStill(pen);
      this.paintMoving(pen);
    });
  }
}
