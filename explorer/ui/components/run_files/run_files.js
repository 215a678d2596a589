// Files to take along, each as a link beside what it is good for. The server makes a file when its
// link is clicked; what it answers goes into a frame that nobody sees, so that the page stays, and
// so that a refusal can be shown where it was asked for.

import { mounted } from "../mount.js";


class FileList {
  constructor(root) {
    this.host = document.createElement("div");
    this.host.className = "files";
    this.problem = document.createElement("p");
    this.problem.setAttribute("role", "alert");
    this.problem.hidden = true;
    this.frame = document.createElement("iframe");
    this.frame.hidden = true;
    this.frame.title = "Downloads";
    this.frame.addEventListener("load", () => this.tell(refusal(this.frame)));
    root.append(this.host, this.frame);
  }

  receive({ rows }) {
    const shown = JSON.stringify(rows);
    if (shown === this.shown) return; // links keep the focus
    this.shown = shown;
    this.host.replaceChildren(...rows.flatMap((row) => this.row(row)));
  }

  row({ links, about }) {
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    const text = document.createElement("p");
    text.textContent = about;
    buttons.append(...links.map((link) => this.link(link, text)));
    return [buttons, text];
  }

  // What is refused is said below the link's own text.
  link({ label, href, icon }, text) {
    const link = document.createElement("a");
    const symbol = document.createElement("span");
    symbol.className = "icon";
    symbol.setAttribute("aria-hidden", "true");
    symbol.textContent = icon;
    link.append(symbol, label);
    link.href = href;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.tell("");
      text.after(this.problem);
      this.frame.src = link.href;
    });
    return link;
  }

  tell(text) {
    this.problem.textContent = text;
    this.problem.hidden = !text;
    if (text) this.problem.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.host.remove();
    this.frame.remove();
  }
}

// A file leaves the frame as it was; words are those of a refusal.
function refusal(frame) {
  try {
    return frame.contentDocument?.body?.textContent.trim() ?? "";
  } catch {
    return "The server did not answer. Is it still there?";
  }
}

export default mounted(
  (parentElement) => new FileList(parentElement),
  (list, { data }) => list.receive(data),
);
