// plotly.js, fetched once from the app itself and shared by every chart of the page.

let loading = null;

export function loadPlotly(path) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(path, document.baseURI).href;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => {
      loading = null; // the next message tries again
      reject(new Error(`The curves' drawing library did not load from ${script.src}.`));
    };
    document.head.append(script);
  });
  return loading;
}

// Plotly puts its style rules into the document, where a shadow root does not see them.
export function adoptPlotlyStyle(root) {
  const rules = document.getElementById("plotly.js-style-global")?.sheet?.cssRules;
  if (!(root instanceof ShadowRoot) || !rules) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(Array.from(rules, (rule) => rule.cssText).join("\n"));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
