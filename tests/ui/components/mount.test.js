import assert from "node:assert/strict";
import test from "node:test";
import { mounted } from "../../../explorer/ui/components/mount.js";

class View {
  constructor(place) {
    this.place = place;
    this.fed = [];
    this.closed = false;
    place.views.push(this);
  }

  close() {
    this.closed = true;
  }
}

const render = mounted(
  (place) => new View(place),
  (view, { data }) => view.fed.push(data),
);
const somewhere = () => ({ views: [] });

test("a place has one view, fed at every call", () => {
  const parentElement = somewhere();
  render({ parentElement, data: 1 });
  render({ parentElement, data: 2 });
  assert.deepEqual(parentElement.views.map(({ fed }) => fed), [[1, 2]]);
  render({ parentElement: somewhere(), data: 3 });
  assert.deepEqual(parentElement.views[0].fed, [1, 2]);
});

test("the clean-up of an overtaken call leaves what a later one drew", () => {
  const parentElement = somewhere();
  const first = render({ parentElement, data: 1 });
  const second = render({ parentElement, data: 2 });
  first();
  assert(!parentElement.views[0].closed);
  render({ parentElement, data: 3 });
  assert.deepEqual(parentElement.views.map(({ fed }) => fed), [[1, 2, 3]]);
  second();
  assert(!parentElement.views[0].closed);
});

test("the clean-up of the last call closes the view; a further call makes another", () => {
  const parentElement = somewhere();
  render({ parentElement, data: 1 });
  const last = render({ parentElement, data: 2 });
  last();
  last();
  assert(parentElement.views[0].closed);
  render({ parentElement, data: 3 });
  assert.deepEqual(parentElement.views.map(({ fed }) => fed), [[1, 2], [3]]);
  assert(!parentElement.views[1].closed);
});
