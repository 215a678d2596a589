// How long the training will take: fetched from the app as soon as it is measured, so that nothing
// on the page is drawn anew for it, least of all under somebody who is typing.

import { mounted } from "../mount.js";

const TRIES = 4;

class Line {
  constructor(root) {
    this.host = document.createElement("p");
    this.host.className = "forecast";
    this.host.setAttribute("role", "status");
    root.append(this.host);
  }

  async follow(address) {
    if (address === this.address) return;
    this.controller?.abort();
    this.address = address;
    this.controller = new AbortController();
    const { signal } = this.controller;
    // What was known of the choices before stays, dimmed: the page does not jump.
    this.host.classList.add("measuring");
    if (!this.host.textContent) this.show("Measuring a few steps: how long will it take?");
    try {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const response = await fetch(new URL(address, document.baseURI), { signal });
        if (response.status === 200) {
          const { text, problem } = await response.json();
          return this.show(text, problem);
        }
        if (response.status !== 202) break;
      }
      this.show("");
    } catch (error) {
      if (error.name !== "AbortError") this.show("");
    }
  }

  show(text, problem = false) {
    this.host.textContent = text;
    this.host.classList.toggle("problem", problem);
    this.host.classList.toggle("measuring", text.startsWith("Measuring"));
  }

  close() {
    this.controller?.abort();
    this.host.remove();
  }
}

export default mounted(
  (parentElement) => new Line(parentElement),
  (line, { data }) => {
    if (data) line.follow(data.address);
  },
);
