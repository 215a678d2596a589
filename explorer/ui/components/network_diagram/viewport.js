// The part of the page through which the diagram is seen: it scrolls, zooms, and is pulled about.

const [SMALLEST, LARGEST] = [0.1, 4];
const STEP = 1.25;
const PULLED = 4; // pixels; less is a click
const MARGIN = 24; // kept free around what is brought into view

/** `changed()` is called after every change of `zoom`. */
export class Viewport {
  constructor(svg, tallest, changed) {
    this.svg = svg;
    this.tallest = tallest;
    this.changed = changed;
    this.zoom = 1;
    this.fitted = false; // whether the zoom follows the drawing's size
    this.size = [1, 1];
    this.element = document.createElement("div");
    this.element.className = "viewport";
    this.element.style.maxHeight = `${tallest}px`;
    this.element.append(svg);
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.press(event));
    this.element.addEventListener("click", (event) => this.afterPull(event), true);
  }

  /** The drawing has another size. */
  take(width, height) {
    this.size = [width, height];
    if (this.fitted) this.fit();
    else this.apply();
  }

  apply() {
    this.svg.setAttribute("width", this.size[0] * this.zoom);
    this.svg.setAttribute("height", this.size[1] * this.zoom);
  }

  /** Zoom so that what is at (x, y) of the window stays there; without them, at the middle. */
  zoomTo(zoom, x, y) {
    const area = this.element.getBoundingClientRect();
    const across = (x ?? area.left + area.width / 2) - area.left;
    const down = (y ?? area.top + area.height / 2) - area.top;
    const before = this.svg.getBoundingClientRect();
    const spot = [area.left + across - before.left, area.top + down - before.top];
    const old = this.zoom;
    this.fitted = false;
    this.zoom = Math.min(LARGEST, Math.max(SMALLEST, zoom));
    this.apply();
    const after = this.svg.getBoundingClientRect();
    const ratio = this.zoom / old;
    this.element.scrollLeft += after.left + spot[0] * ratio - (area.left + across);
    this.element.scrollTop += after.top + spot[1] * ratio - (area.top + down);
    this.changed();
  }

  larger() {
    this.zoomTo(this.zoom * STEP);
  }

  smaller() {
    this.zoomTo(this.zoom / STEP);
  }

  /** As large as it can be with all of it in view. */
  fit() {
    const { clientWidth } = this.element;
    this.zoomTo(Math.min(clientWidth / this.size[0], this.tallest / this.size[1]));
    this.fitted = true;
  }

  /** As large as it is laid out, from where it begins; seen with the next drawing. */
  original() {
    [this.zoom, this.fitted] = [1, false];
    this.home();
  }

  /** Back to where the network begins. */
  home() {
    this.element.scrollTo(0, 0);
  }

  /** Bring a place of the drawing into view, without moving the page. */
  reveal({ x, y, width, height }) {
    const { element, zoom } = this;
    const move = (from, room, start, size) => {
      if (start - MARGIN < from) return Math.max(0, start - MARGIN);
      return start + size + MARGIN > from + room ? Math.min(start - MARGIN, start + size + MARGIN - room) : from;
    };
    element.scrollLeft = move(element.scrollLeft, element.clientWidth, x * zoom, width * zoom);
    element.scrollTop = move(element.scrollTop, element.clientHeight, y * zoom, height * zoom);
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoomTo(this.zoom * Math.exp(-event.deltaY * 0.002), event.clientX, event.clientY);
  }

  // Fingers scroll by themselves; a mouse pulls.
  press(event) {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const { element } = this;
    const start = [event.clientX, event.clientY, element.scrollLeft, element.scrollTop];
    this.pulled = false;
    const move = (now) => {
      const [dx, dy] = [now.clientX - start[0], now.clientY - start[1]];
      if (!this.pulled && Math.hypot(dx, dy) < PULLED) return;
      this.pulled = true;
      element.classList.add("pulled");
      [element.scrollLeft, element.scrollTop] = [start[2] - dx, start[3] - dy];
    };
    const stop = () => {
      element.classList.remove("pulled");
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
      window.removeEventListener("pointercancel", stop);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
    window.addEventListener("pointercancel", stop);
  }

  afterPull(event) {
    if (!this.pulled) return;
    this.pulled = false;
    event.stopPropagation();
  }
}
