// A network as blocks drawn to scale; a click on one selects its layer, its triangle opens a block.
// For tests the root tells in `dataset`: `draws`, `mounts`, `milliseconds` of the last drawing,
// `saved`.

import { mounted } from "../mount.js";
import { described, drawDiagram } from "./diagram.js";
import { figureText, savePng, saveSvg } from "./figure.js";
import { arrange, fits } from "./layout.js";
import { Opening } from "./opening.js";
import { Toolbar } from "./toolbar.js";
import { shown, treeOf, walk } from "./tree.js";
import { Viewport } from "./viewport.js";

const TALLEST = 600; // pixels of the page; what is higher scrolls
const SCROLLBAR = 16;
const KEY =
  "Height, width and depth (channels) are each to scale; thin plates change no shape; orange is what a " +
  "window covers. Click a layer to change it, a triangle to open or close a block, drag to move around. " +
  "Keys: arrows, Enter, Space, + and −.";

let mounts = 0;

class View {
  constructor(parent) {
    this.root = document.createElement("div");
    this.root.className = "network";
    this.root.dataset.mounts = String(++mounts);
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("role", "group");
    this.svg.addEventListener("click", (event) => this.clicked(event));
    this.svg.addEventListener("dblclick", (event) => this.toggle(this.nodeOf(event.target)));
    this.viewport = new Viewport(this.svg, TALLEST, () => this.showTools());
    this.toolbar = new Toolbar(this.actions());
    this.key = document.createElement("p");
    this.key.textContent = KEY;
    this.root.append(this.viewport.element, this.toolbar.element, this.key);
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    parent.append(this.root);
    this.opening = new Opening();
    this.width = 0;
    this.draws = 0;
    this.oneLine = false;
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
  }

  actions() {
    const { viewport } = this;
    const all = (open) => () => {
      this.opening.all(open);
      this.draw();
    };
    return {
      smaller: () => viewport.smaller(),
      original: () => viewport.zoomTo(1),
      larger: () => viewport.larger(),
      fit: () => viewport.fit(),
      oneLine: () => {
        this.oneLine = !this.oneLine;
        this.draw();
        viewport.home();
        this.reveal(this.visible(this.data.selected));
      },
      openAll: all(true),
      closeAll: all(false),
      svg: () => this.save("svg"),
      png: () => this.save("png"),
    };
  }

  update(data, select) {
    const selected = this.data?.selected;
    if (this.data && data.title !== this.data.title) this.asAtFirst();
    this.data = data;
    this.select = (index) => index !== this.data.selected && select(index);
    this.tree = treeOf(data.items);
    this.nodes = new Map([...walk(this.tree)].map((node) => [node.item.index, node]));
    this.open();
    this.draw();
    if (selected !== undefined && selected !== data.selected) this.reveal(this.visible(data.selected));
  }

  // Another network begins in rows, as large as it is laid out.
  asAtFirst() {
    this.oneLine = false;
    this.viewport.original();
  }

  // Which blocks are open: looked at afresh for another network or another width.
  open(afresh = false) {
    if (!this.width || !this.data) return;
    const fitsWith = (names) =>
      fits(this.tree, ({ item }) => names.has(item.name), this.width - SCROLLBAR, TALLEST);
    this.opening.take(this.data.title, this.tree, fitsWith, afresh);
  }

  /** The node of an index, or the closed block that it is in. */
  visible(index) {
    let found = this.nodes.get(index);
    for (let node = found?.parent; node; node = node.parent) {
      if (!this.opening.isOpen(node)) found = node;
    }
    return found ?? null;
  }

  draw() {
    if (!this.width || !this.data) return;
    const start = performance.now();
    const held = this.focused();
    const isOpen = (node) => this.opening.isOpen(node);
    const available = this.oneLine ? Infinity : this.width - SCROLLBAR;
    this.drawing = arrange(this.tree, available, isOpen, TALLEST);
    const { failure, selected, title } = this.data;
    drawDiagram(this.svg, this.drawing, { selected: this.visible(selected), failure });
    this.order = [...shown(this.tree, isOpen)].map(({ item }) => item.index);
    this.description = this.order.map((index) => described(this.nodes.get(index), failure)).join("; ");
    this.svg.setAttribute("aria-label", `The network ${title} from input to output. ${this.description}`);
    this.viewport.take(this.drawing.width, this.drawing.height);
    this.stop(this.visible(held ?? selected)?.item.index, held !== null);
    this.showTools();
    this.toolbar.say("");
    this.root.dataset.draws = String(++this.draws);
    this.root.dataset.milliseconds = (performance.now() - start).toFixed(1);
  }

  showTools() {
    const hasBlocks = Boolean(this.data?.items.some(({ block }) => block));
    this.toolbar.show({ zoom: this.viewport.zoom, oneLine: this.oneLine, hasBlocks });
  }

  // --- pointing and keys -------------------------------------------------------------------------
  groupOf(index) {
    return this.svg.querySelector(`[data-index="${Number(index)}"]`);
  }

  nodeOf(target) {
    const group = target.closest?.("[data-index]");
    return group ? this.nodes.get(Number(group.dataset.index)) : null;
  }

  focused() {
    const index = this.root.getRootNode().activeElement?.dataset?.index;
    return index === undefined ? null : Number(index);
  }

  /** The one group that the Tab key stops at. */
  stop(index, focus) {
    const group = this.groupOf(index ?? this.order[0]);
    this.svg.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    group?.setAttribute("tabindex", "0");
    if (focus) group?.focus({ preventScroll: true });
  }

  reveal(node) {
    const frame = node && this.drawing.frames.find((each) => each.node === node);
    const box = frame ?? (node && this.drawing.boxes.find((each) => each.node === node));
    if (!box) return;
    const height = frame ? Math.min(frame.height, 60) : box.labelY - box.y;
    this.viewport.reveal({ x: box.x, y: box.y, width: box.width, height });
  }

  clicked(event) {
    const node = this.nodeOf(event.target);
    if (!node) return;
    if (event.target.closest(".toggle")) this.toggle(node);
    else this.choose(node);
  }

  // Marked at once; the rest of the page follows when the server has answered.
  choose(node) {
    const { index } = node.item;
    this.select(index);
    this.data = { ...this.data, selected: index };
    this.stop(index, true);
    this.draw();
  }

  toggle(node) {
    if (!node?.lists) return;
    this.opening.toggle(node);
    this.draw();
    this.reveal(node);
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { viewport } = this;
    const zooms = { "+": () => viewport.larger(), "-": () => viewport.smaller(), 0: () => viewport.zoomTo(1) };
    const index = this.focused();
    if (index === null) return;
    const place = this.order.indexOf(index);
    const to = {
      ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0,
      End: this.order.length - 1,
    }[event.key];
    const node = this.nodes.get(index);
    if (to !== undefined) this.walkTo(Math.max(0, Math.min(this.order.length - 1, to)));
    else if (event.key === "Enter") this.choose(node);
    else if (event.key === " ") node.lists ? this.toggle(node) : this.choose(node);
    else if (zooms[event.key]) zooms[event.key]();
    else return;
    event.preventDefault();
  }

  walkTo(place) {
    this.stop(this.order[place], true);
    this.reveal(this.nodes.get(this.order[place]));
  }

  // --- files -------------------------------------------------------------------------------------
  async save(kind) {
    const { title, failure } = this.data;
    const transparent = this.toolbar.transparent.checked;
    const about = { title, description: this.description, transparent };
    const text = figureText(this.root, this.drawing, failure, about);
    const saved = kind === "svg" ? saveSvg(text, title) : await savePng(text, title, this.drawing);
    const size = saved.width ? `, ${saved.width} × ${saved.height} pixels` : "";
    this.toolbar.say(`${kind.toUpperCase()} saved: ${Math.max(1, Math.round(saved.bytes / 1000))} kB${size}`);
    this.root.dataset.saved = JSON.stringify({ kind, ...saved });
  }

  resized() {
    const width = Math.floor(this.root.clientWidth);
    if (!width || width === this.width) return;
    this.width = width;
    this.open(true);
    this.draw();
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }
}

export default mounted(
  (parentElement) => new View(parentElement),
  (view, { data, setTriggerValue }) => {
    if (data) view.update(data, (index) => setTriggerValue("select", index));
  },
);
