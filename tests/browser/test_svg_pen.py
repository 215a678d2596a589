"""What the SVG pen writes looks like what a canvas shows when both are given the same strokes."""

import io
import xml.etree.ElementTree as ElementTree
from base64 import b64decode

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, Route

from explorer.ui import assets

PLAYER = assets.COMPONENTS / "player"
SITE = "http://player.test/"
SIZE = (420, 260)

# Everything that the painters use, on a pen of either kind.
_STROKES = """(pen, tile, picture) => {
  pen.clearRect(0, 0, 420, 260);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, 420, 260);
  pen.save();
  pen.translate(20, 20);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 0, 0, 120, 120);
  pen.drawImage(picture, 2, 1, 3, 3, 140, 0, 60, 60);
  pen.restore();
  pen.save();
  pen.beginPath();
  pen.rect(230, 20, 90, 90);
  pen.rect(250, 40, 50, 50);
  pen.clip("evenodd");
  pen.fillStyle = pen.createPattern(tile, "repeat");
  pen.fillRect(200, 0, 200, 200);
  pen.restore();
  pen.globalAlpha = 0.3;
  pen.fillStyle = "#e69f00";
  pen.fillRect(30, 30, 45, 45);
  pen.globalAlpha = 1;
  pen.lineJoin = "round";
  pen.lineWidth = 5;
  pen.strokeStyle = "rgb(0 114 178 / 60%)";
  pen.strokeRect(30, 30, 45, 45);
  pen.beginPath();
  pen.arc(370, 60, 30, 0, 2 * Math.PI);
  pen.fillStyle = "#009e73";
  pen.fill();
  pen.beginPath();
  pen.arc(370, 140, 30, 0.5, 3.5, true);
  pen.lineWidth = 2;
  pen.strokeStyle = "black";
  pen.stroke();
  pen.beginPath();
  pen.moveTo(20, 160);
  pen.lineTo(200, 230);
  pen.setLineDash([8, 4]);
  pen.stroke();
  pen.setLineDash([]);
  pen.save();
  pen.translate(230, 130);
  pen.scale(2, 2);
  pen.rotate(0.3);
  pen.fillRect(0, 0, 30, 12);
  pen.restore();
  pen.fillStyle = "#31333f";
  pen.textBaseline = "middle";
  for (const [index, align] of ["left", "center", "right"].entries()) {
    pen.textAlign = align;
    pen.font = ["15px sans-serif", "600 15px sans-serif", "italic 15px serif"][index];
    pen.fillText("0.125 × −3 < 4 & 5", 210, 190 + 22 * index);
  }
}"""

_DRAW = f"""async () => {{
  const {{ createSvgPen }} = await import("{SITE}svg_pen.js");
  const strokes = {_STROKES};
  const canvas = (width, height) =>
    Object.assign(document.createElement("canvas"), {{ width, height }});
  const tile = canvas(8, 8);
  const small = tile.getContext("2d");
  small.moveTo(0, 8); small.lineTo(8, 0); small.stroke();
  const picture = canvas(6, 6);
  const colours = picture.getContext("2d");
  for (let at = 0; at < 36; at++) {{
    colours.fillStyle = `rgb(${{7 * at}} ${{255 - 7 * at}} ${{at % 2 ? 200 : 30}})`;
    colours.fillRect(at % 6, Math.floor(at / 6), 1, 1);
  }}
  const shown = canvas(420, 260);
  strokes(shown.getContext("2d"), tile, picture);
  const pen = createSvgPen(420, 260, (image) => image.toDataURL(), {{ title: "both" }});
  strokes(pen, tile, picture);
  const svg = String(pen);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], {{ type: "image/svg+xml" }}));
  await image.decode();
  const drawn = canvas(420, 260);
  drawn.getContext("2d").drawImage(image, 0, 0);
  return [shown.toDataURL(), drawn.toDataURL(), svg];
}}"""


def serve(route: Route) -> None:
    name = route.request.url.removeprefix(SITE)
    if name:
        route.fulfill(path=PLAYER / name, content_type="text/javascript")
    else:
        route.fulfill(body="<!DOCTYPE html><title>pens</title>", content_type="text/html")


def pixels(url: str) -> NDArray[np.int32]:
    data = b64decode(url.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int32)


def test_both_pens_draw_the_same(page: Page) -> None:
    page.route(f"{SITE}**", serve)
    page.goto(SITE)
    canvas, drawn, text = page.evaluate(_DRAW)
    difference = np.abs(pixels(canvas) - pixels(drawn)).max(2)
    assert difference.shape == SIZE[::-1]
    assert difference.mean() < 2
    assert (difference > 60).mean() < 0.01  # edges of letters, where both smooth in their own way
    words = difference[175:250, 60:360]
    assert words.mean() < 12
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None and title.text == "both"
