/** The output as it fills, cell by cell or stamp by stamp. */

import { scaleFor } from "./colour.js";
import { times } from "./format.js";
import { planeImage } from "./images.js";
import {
  isNumbered,
  paintCurrent,
  paintFilled,
  paintLinked,
  paintOutput,
  paintOutputNumbers,
  paintWindow,
} from "./paint_fields.js";
import { OVERLAP } from "./presentation.js";
import { ownShape } from "./scene.js";
import { Side, flat, middle } from "./side.js";

const COARSEST_DOTS = 6; // CSS pixels of a cell below which the dotted paper is not by cell

export class OutputSide extends Side {
  constructor(chooseMap) {
    super("output", "Output", (index) => chooseMap(this.mapOf(index)));
  }

  take(presentation) {
    const { scene } = presentation;
    this.presentation = presentation;
    this.scene = scene;
    this.pooled = !scene.weight;
    this.inColour = this.pooled && scene.colour;
    this.range = scene.output.shape.slice(1).map((cells) => [0, cells]);
    this.shape.textContent = times(ownShape(scene, scene.output.shape));
  }

  /** The scales of values and of overlap counts, and which of them is in use for a map. */
  scalesFor(map, sharedScale, dark) {
    const { output } = this.scene;
    const [maps, ...size] = output.shape;
    const plane = output.values.length / maps;
    const at = Math.max(0, map) * plane;
    const own = !sharedScale && !this.pooled;
    const values = scaleFor(own ? output.values.subarray(at, at + plane) : output.values, dark);
    if (!this.presentation.stamps) return { values, output: values };
    const counted = this.presentation.overlaps();
    this.counts = { shape: [1, ...size], values: counted };
    const counts = scaleFor(counted, dark);
    return { values, counts, output: map === OVERLAP ? counts : values };
  }

  refresh(scales, theme) {
    this.forget();
    Object.assign(this, { scales, theme });
    this.legend.show(scales.output, this.inColour, this.inColour && this.scene.output.values);
  }

  resize(range, plan) {
    super.resize(range, plan);
    const { view } = this;
    const dots = view.cell < COARSEST_DOTS ? 9 : view.cell;
    view.element.style.backgroundSize = `${dots}px ${dots}px`;
    paintOutput(this.cleared(view.marksPen), view, this.theme);
  }

  imageOf(map, slice) {
    const { scene, inColour: colour, scales } = this;
    return this.image(`${map} ${slice}`, () =>
      planeImage(scene.output, { colour, scale: scales.values, map, slice }),
    );
  }

  /** Maps to choose from, and of a transposed convolution the overlap counts. */
  showChips(map) {
    const { scene } = this;
    const half = Math.floor(scene.output.shape[1] / 2);
    const names = this.inColour ? [] : this.pooled ? scene.channels : scene.maps;
    const chips = names.map((label, index) => ({ label, image: this.imageOf(index, half) }));
    if (this.presentation.stamps) {
      const plane = { colour: false, scale: this.scales.counts, map: 0, slice: half };
      const image = this.image("counts", () => planeImage(this.counts, plane));
      chips.push({ label: "overlap counts", image });
    }
    this.chips.show(chips, map === OVERLAP ? names.length : map, "Maps of the output");
  }

  mapOf(chip) {
    const last = this.chips.element.childElementCount - 1;
    return this.presentation.stamps && chip === last ? OVERLAP : chip;
  }

  /** Paint what `filled` steps have made; `hidden` keeps the last cell back. */
  paint({ filled, map, hidden }, cells, linked) {
    const { scene, view, theme } = this;
    const [, depth, rows, columns] = scene.output.shape;
    this.slice = middle(cells[0], this.slice);
    Object.assign(this, { cells, linked });
    const shownMap = this.inColour ? 0 : map;
    const numbered = this.presentation.stamps
      ? this.paintStamped(filled, map)
      : this.paintGathered(filled, shownMap, hidden);
    this.numbers = isNumbered(view, this.inColour) ? numbered : null;
    this.paintMoving(this.cleared(view.movingPen));
    const marks = { cells, shown: this.slice, colour: theme.output, label: "All slices of the output" };
    const imageOf = (at) => (at * rows * columns < filled ? this.imageOf(shownMap, at) : null);
    if (map !== OVERLAP) this.slices.show(depth, imageOf, marks, theme);
  }

  /** Everything stamped so far. */
  paintStamped(filled, map) {
    const [, depth, rows, columns] = this.scene.output.shape;
    const field = { shape: [1, depth, rows, columns], values: this.presentation.partial(filled, map) };
    const plane = { map: 0, slice: this.slice, scale: this.scales.output, count: rows * columns };
    const key = `${map} ${this.slice} ${filled}`;
    if (this.painted !== key) {
      const image = planeImage(field, { ...plane, colour: false });
      this.view.pixels.getContext("2d").putImageData(image, 0, 0);
      this.painted = key;
    }
    return [field, plane];
  }

  /** The cells filled so far, changing only what differs from before. */
  paintGathered(filled, map, hidden) {
    const { scene, view, slice } = this;
    const [, , rows, columns] = scene.output.shape;
    const within = Math.max(0, Math.min(rows * columns, filled - slice * rows * columns));
    const count = within - Number(hidden === "value" && within > 0);
    const key = `${map} ${slice}`;
    const from = this.painted?.key === key ? this.painted.count : 0;
    if (from === 0) view.pixels.getContext("2d").clearRect(0, 0, columns, rows);
    paintFilled(view, this.imageOf(map, slice), from, count);
    this.painted = { key, count };
    return [scene.output, { map, slice, scale: this.scales.output, count }];
  }

  paintMoving(pen) {
    const { view, theme, linked, cells, slice } = this;
    if (this.numbers) paintOutputNumbers(pen, view, ...this.numbers, theme);
    if (linked?.cells[0].includes(slice)) {
      paintLinked(pen, view, flat(linked.cells), theme[linked.role], theme);
    }
    if (this.presentation.stamps) paintWindow(pen, view, flat(cells), theme);
    else if (!linked?.alone) paintCurrent(pen, view, flat(cells), theme);
  }

  drawOn(pen, placeOf) {
    this.draw(pen, placeOf, this.theme, () => {
      paintOutput(pen, this.view, this.theme);
      this.paintMoving(pen);
    });
  }
}
