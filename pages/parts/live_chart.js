// A Plotly chart that is updated in place once a second: zoom, legend and hover survive, nothing is mounted again.
// Streamlit calls the default export on every new payload and on every change of theme.
// Streamlit's own module with Plotly: a browser loads it once, whichever kind of chart comes first.
async function loadPlotly(address) {
  await import(new URL(address, document.baseURI).href);
  return window.Plotly;
}

function decode(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function themed(layout, parent, data) {
  const css = getComputedStyle(parent);
  const theme = (name) => css.getPropertyValue(name).trim();
  const axis = (own) => ({
    gridcolor: theme("--st-border-color-light") || theme("--st-border-color"),
    zeroline: false,
    ...own,
  });
  return {
    ...layout,
    xaxis: axis(layout.xaxis),
    yaxis: axis(layout.yaxis),
    height: data.height,
    uirevision: data.identity,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: theme("--st-text-color"), family: theme("--st-font"), size: 13 },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme("--st-border-color"), activecolor: theme("--st-primary-color") },
    hoverlabel: { bgcolor: theme("--st-secondary-background-color"), font: { color: theme("--st-text-color") } },
  };
}

function report(event, setStateValue) {
  if ("xaxis.range[0]" in event) {
    setStateValue("range", [event["xaxis.range[0]"], event["xaxis.range[1]"]]);
  } else if (event["xaxis.autorange"]) {
    setStateValue("range", null);
  }
}

const CONFIG = { displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

export default function ({ data, parentElement, setStateValue }) {
  let chart = parentElement.querySelector(".live-chart");
  if (!chart) {
    chart = document.createElement("div");
    chart.className = "live-chart";
    chart.setAttribute("role", "img");
    chart.style.height = `${data.height}px`;
    parentElement.append(chart);
  }
  chart.setAttribute("aria-label", data.alt);
  const traces = data.traces.map((trace) => ({ ...trace, x: decode(trace.x), y: decode(trace.y) }));
  const layout = themed(data.layout, parentElement, data);
  loadPlotly(data.plotly)
    .then(async (Plotly) => {
      if (!chart.isConnected) return;
      await Plotly.react(chart, traces, layout, CONFIG);
      if (chart.watcher) return;
      chart.on("plotly_relayout", (event) => report(event, setStateValue));
      chart.watcher = new ResizeObserver(() => chart.isConnected && Plotly.Plots.resize(chart));
      chart.watcher.observe(parentElement);
    })
    .catch((error) => {
      chart.textContent = `The chart library could not be loaded (${error.message}); reload the page.`;
    });
  return () => {
    chart.watcher?.disconnect();
    window.Plotly?.purge(chart);
    chart.remove();
  };
}
