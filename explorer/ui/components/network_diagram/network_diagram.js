// A network as blocks drawn to scale; a click on one selects its layer. For tests the root tells in
// `dataset`: `draws`, `mounts`.

import { drawDiagram } from "./diagram.js";

// Blocks are drawn as the layers in them, under their own names.
function drawable(items) {
  return items
    .filter((item) => !item.block)
    .map((item) => ({ ...item, name: item.label.split(".").at(-1) }));
}

const views = new WeakMap();
let mounts = 0;

class View {
  constructor(parent) {
    this.root = document.createElement("div");
    this.root.className = "network";
    this.root.dataset.mounts = String(++mounts);
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("role", "img");
    const key = document.createElement("p");
    key.textContent =
      "Height, width and depth (channels) are each to scale. Thin plates change no shape. " +
      "Orange: what a window covers of the picture before it. Click a block to change it.";
    this.root.append(this.svg, key);
    parent.append(this.root);
    this.width = 0;
    this.draws = 0;
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
  }

  update(data, select) {
    this.data = data;
    this.select = (index) => index !== data.selected && select(index);
    this.draw();
  }

  draw() {
    if (!this.width || !this.data) return;
    drawDiagram(this.svg, drawable(this.data.items), this.width, (index) => this.select(index));
    this.root.dataset.draws = String(++this.draws);
  }

  resized() {
    const width = Math.floor(this.root.clientWidth);
    if (!width || width === this.width) return;
    this.width = width;
    this.draw();
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }
}

export default function networkDiagram({ parentElement, data, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  if (data) view.update(data, (index) => setTriggerValue("select", index));
  return () => {
    view.close();
    views.delete(parentElement);
  };
}
