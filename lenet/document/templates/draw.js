// Draws every chart of the document from the JSON inside its element, in the colours of the reader's theme.
(() => {
  "use strict";
  const PALETTES = {
    light: {text: "#1C2128", grid: "#DDD9CE"},
    dark: {text: "#E7E9EC", grid: "#313A46"},
  };
  const CONFIG = {responsive: true, displaylogo: false, showSendToCloud: false};
  const PAGE_WIDTH = 680; // a printed page has no width that a script can ask for
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const screenPalette = () => PALETTES[dark.matches ? "dark" : "light"];

  const look = (layout, palette) => {
    const changes = {
      "font.color": palette.text, "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
    };
    for (const axis of ["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis\d+$/.test(key))]) {
      for (const part of ["gridcolor", "linecolor", "zerolinecolor"]) changes[`${axis}.${part}`] = palette.grid;
    }
    return changes;
  };

  const charts = [...document.querySelectorAll(".chart")].map((element) => {
    const {data, layout} = JSON.parse(element.firstElementChild.textContent);
    element.textContent = "";
    const font = {family: getComputedStyle(document.body).fontFamily, size: 13};
    Plotly.newPlot(element, data, {...layout, font: {...font, ...layout.font}}, CONFIG)
      .then(() => Plotly.relayout(element, look(layout, screenPalette())));
    return {element, layout};
  });

  // A chart that was drawn inside a folded part had no width to fit.
  for (const part of document.querySelectorAll("details")) {
    part.addEventListener("toggle", () => {
      for (const chart of part.querySelectorAll(".chart")) Plotly.Plots.resize(chart);
    });
  }

  const paint = (palette, size) => {
    for (const {element, layout} of charts) Plotly.relayout(element, {...look(layout, palette), ...size});
  };
  dark.addEventListener("change", () => paint(screenPalette(), {}));
  window.addEventListener("beforeprint", () => paint(PALETTES.light, {width: PAGE_WIDTH}));
  window.addEventListener("afterprint", () => paint(screenPalette(), {width: null, autosize: true}));
})();
