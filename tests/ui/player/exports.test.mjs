// What the player writes for people to take away: GIF files and SVG drawings.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createGif } from "../../../explorer/ui/components/player/gif.js";
import { createLzw } from "../../../explorer/ui/components/player/lzw.js";
import { createSvgPen } from "../../../explorer/ui/components/player/svg_pen.js";
import { escaped } from "../../../explorer/ui/components/player/svg_text.js";

/** LZW undone, after the GIF specification: independent of the encoder. */
function unpacked(packed) {
  const bits = packed[0];
  const bytes = [];
  let at = 1;
  while (packed[at] > 0) {
    bytes.push(...packed.subarray(at + 1, at + 1 + packed[at]));
    at += 1 + packed[at];
  }
  assert.equal(at, packed.length - 1, "nothing lies behind the last block");
  const [clear, end] = [1 << bits, (1 << bits) + 1];
  let [table, width, buffer, buffered, previous] = [[], bits + 1, 0, 0, null];
  const result = [];
  for (const byte of bytes) {
    buffer |= byte << buffered;
    buffered += 8;
    while (buffered >= width) {
      const code = buffer & ((1 << width) - 1);
      buffer >>>= width;
      buffered -= width;
      if (code === end) return result;
      if (code === clear) {
        table = Array.from({ length: end + 1 }, (_, value) => [value]);
        [width, previous] = [bits + 1, null];
        continue;
      }
      assert.ok(code <= table.length, `code ${code} of ${table.length}`);
      const entry = table[code] ?? [...previous, previous[0]];
      if (previous && table.length < 4096) table.push([...previous, entry[0]]);
      result.push(...entry);
      previous = entry;
      if (table.length === 1 << width && width < 12) width += 1;
    }
  }
  assert.fail("no end");
}

function randomly(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("LZW comes back as it was, for any length and kind of picture", () => {
  const lzw = createLzw();
  const chance = randomly(1);
  const lengths = [1, 2, 3, 5, 100, 254, 255, 256, 257, 4094, 4095, 4096, 5000, 60000];
  for (let more = 0; more < 60; more++) lengths.push(1 + Math.floor(chance() * 9000));
  for (const [index, length] of lengths.entries()) {
    const bits = 2 + (index % 7);
    const still = [0, 0.5, 0.95, 1][index % 4]; // how often a pixel repeats the one before it
    const pixels = new Uint8Array(length);
    for (let at = 1; at < length; at++) {
      pixels[at] = chance() < still ? pixels[at - 1] : Math.floor(chance() * 2 ** bits);
    }
    assert.deepEqual(Uint8Array.from(unpacked(lzw(pixels, bits))), pixels, `${length} of ${bits}`);
  }
});

const filled = (width, height, colour) => {
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < pixels.length; at += 4) pixels.set([...colour, 255].slice(0, 4), at);
  return pixels;
};

test("a frame without a change costs a few bytes, and size and frames are told", () => {
  const gif = createGif(200, 100);
  gif.add(filled(200, 100, [255, 255, 255]), 5);
  const first = gif.size;
  gif.add(filled(200, 100, [255, 255, 255]), 5);
  assert.ok(gif.size - first < 40);
  assert.equal(gif.frames, 2);
  const bytes = gif.finish();
  assert.equal(String.fromCharCode(...bytes.subarray(0, 6)), "GIF89a");
  assert.equal(bytes[bytes.length - 1], 0x3b);
  assert.equal(bytes.length, gif.size);
});

test("what is no frame or no size is refused", () => {
  for (const [width, height] of [[0, 1], [1, 70000], [1.5, 2], [NaN, 1]]) {
    assert.throws(() => createGif(width, height), RangeError);
  }
  const gif = createGif(2, 2);
  assert.throws(() => gif.add(new Uint8ClampedArray(15), 5), RangeError);
  gif.add(filled(2, 2, [0, 0, 0]), 5);
  gif.finish();
  assert.throws(() => gif.add(filled(2, 2, [0, 0, 0]), 5), /finished/);
});

const pen = (options) => createSvgPen(100, 50, ({ width }) => `data:image/png;base64,W${width}`, options);

test("text is escaped wherever it comes from", () => {
  const drawing = pen({ title: `<script>"&'</script>` });
  drawing.font = `600 15px "Source Sans", sans-serif`;
  drawing.fillText(`</text><script>alert("1 & 2")</script>\u0000`, 1, 2);
  drawing.fillStyle = `red"/><script>`;
  drawing.fillRect(0, 0, 1, 1);
  drawing.font = `12px x"><script>`;
  drawing.fillText("a", 0, 0);
  const text = String(drawing);
  assert.ok(!text.includes("<script"));
  assert.ok(text.includes("&lt;/text&gt;&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;<"));
  assert.ok(text.includes('font-weight="600"'));
  assert.ok(text.includes('font-size="15"'));
  assert.equal(escaped("a\u0007b\ud800c\u{1f600}"), "abc\u{1f600}");
});

test("colours are written as every program reads them", () => {
  const drawing = pen();
  drawing.globalAlpha = 0.5;
  for (const [style, expected] of [
    ["rgb(0 114 178 / 22%)", 'fill="#0072b2" fill-opacity="0.11"'],
    ["rgb(1 2 3)", 'fill="#010203" fill-opacity="0.5"'],
    ["rgba(255, 0, 0, 0.5)", 'fill="#ff0000" fill-opacity="0.25"'],
    ["#0072B280", 'fill="#0072B2" fill-opacity="0.251"'],
    ["white", 'fill="white" fill-opacity="0.5"'],
    ["transparent", 'fill="none"'],
  ]) {
    drawing.fillStyle = style;
    drawing.fillRect(0, 0, 2, 2);
    assert.ok(String(drawing).includes(expected), style);
  }
});

test("places follow translate and scale, which restore undoes", () => {
  const drawing = pen();
  drawing.save();
  drawing.translate(10, 20);
  drawing.scale(2, 2);
  drawing.lineWidth = 3;
  drawing.setLineDash([4, 3]);
  drawing.strokeRect(1, 2, 3, 4);
  drawing.restore();
  drawing.strokeRect(1, 2, 3, 4);
  const [first, second] = String(drawing).match(/<path[^>]*>/g);
  assert.match(first, /d="M12 24L18 24L18 32L12 32Z"/);
  assert.match(first, /stroke-width="6" stroke-dasharray="8 6"/);
  assert.match(second, /d="M1 2L4 2L4 6L1 6Z".*stroke-width="1"\/>/);
});

test("clips nest, and end with restore", () => {
  const drawing = pen();
  drawing.save();
  drawing.beginPath();
  drawing.rect(0, 0, 10, 10);
  drawing.rect(2, 2, 4, 4);
  drawing.clip("evenodd");
  drawing.beginPath();
  drawing.rect(5, 5, 9, 9);
  drawing.clip();
  drawing.fillRect(0, 0, 100, 50);
  drawing.restore();
  drawing.fillRect(1, 1, 1, 1);
  const text = String(drawing);
  const [outer, inner] = text.match(/<clipPath .*?<\/clipPath>/g);
  assert.match(outer, /clip-rule="evenodd"/);
  const id = outer.match(/id="([^"]*)"/)[1];
  assert.ok(inner.includes(`clip-path="url(#${id})"`));
  assert.equal(text.match(/<g clip-path/g).length, 1);
});

test("clearing empties the layer that is cleared, and no other", () => {
  const drawing = pen();
  const [left, right] = [drawing.layer(0, 0, 50, 50), drawing.layer(50, 0, 50, 50)];
  left.fillRect(1, 1, 1, 1);
  right.fillRect(2, 2, 2, 2);
  right.clearRect(0, 0, 50, 50);
  right.fillRect(3, 3, 3, 3);
  left.clearRect(0, 0, 5, 5); // a part, and no background to paint it with
  const text = String(drawing);
  assert.equal(text.match(/<path/g).length, 2);
  assert.ok(text.includes('translate(50 0)'));
  assert.ok(text.includes("M1 1") && text.includes("M3 3") && !text.includes("M2 2"));
});

test("pictures and patterns are embedded", () => {
  const drawing = pen();
  const canvas = { width: 8, height: 4 };
  drawing.fillStyle = drawing.createPattern({ width: 9, height: 9 }, "repeat");
  drawing.fillRect(0, 0, 100, 50);
  drawing.fillRect(0, 0, 10, 10);
  drawing.imageSmoothingEnabled = false;
  drawing.drawImage(canvas, 10, 10, 80, 40);
  drawing.drawImage(canvas, 1, 1, 2, 2, 0, 0, 20, 20);
  drawing.putImageData(canvas, 5, 6, 1, 0, 2, 2);
  const text = String(drawing);
  assert.equal(text.match(/<pattern /g).length, 1);
  assert.ok(text.includes('xlink:href="data:image/png;base64,W9"'));
  assert.ok(text.includes('<svg x="10" y="10" width="80" height="40" viewBox="0 0 8 4"'));
  assert.ok(text.includes('<svg x="0" y="0" width="20" height="20" viewBox="1 1 2 2"'));
  assert.ok(text.includes('<svg x="6" y="6" width="2" height="2" viewBox="1 0 2 2"'));
  assert.equal(text.match(/image-rendering:pixelated/g).length, 3);
});
