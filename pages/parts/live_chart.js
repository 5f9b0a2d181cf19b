// A Plotly chart that is updated in place once a second: zoom, legend and hover survive, nothing is mounted again.
// Streamlit calls the default export on every new payload and on every change of theme.
// Streamlit's own module with Plotly: a browser loads it once, whichever kind of chart comes first.
async function loadPlotly(address) {
  await import(new URL(address, document.baseURI).href);
  return window.Plotly;
}

// Series come as float32 in base64; a handful of points as they are.
function decode(text) {
  if (typeof text !== "string") return text;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const NARROW = 560;
// Pixels of a row of a legend, and between two ticks that were chosen beforehand.
const ROW = 22;
const TICK = 46;
// A page that is presented grows in its text more than in its charts, so that they stay on the screen.
const TALLER = 1.2;

// Names beside the ends of lines, moved apart where two would lie on each other. height: of the plot in pixels.
function apart(labels, height, size) {
  const gap = (1.5 * size) / height;
  let place = -Infinity;
  return [...labels]
    .sort((one, other) => one.y - other.y)
    .map((label) => ({ ...label, y: (place = Math.max(label.y, place + gap)) }));
}

// On a wide chart lines are named where they end; on a phone a legend above the chart names them.
function named(layout, width, height, scale) {
  const size = (label) => (label.font?.size ?? 14) * scale;
  const labels = (layout.annotations ?? []).map((label) => ({ ...label, font: { ...label.font, size: size(label) } }));
  if (!layout.legend) return { annotations: labels };
  if (width < NARROW) {
    const rows = ROW * scale * layout.annotations.length;
    return { annotations: [], showlegend: true, height: height + rows, margin: { ...layout.margin, t: layout.margin.t + rows } };
  }
  const longest = Math.max(0, ...layout.annotations.map((label) => label.text.replace(/<[^>]*>/g, "").length));
  const margin = { ...layout.margin, r: Math.min(16 + 8 * scale * longest, width / 3) };
  return { annotations: apart(labels, height - margin.t - margin.b, 14 * scale), showlegend: false, margin };
}

// Of ticks that were chosen beforehand those that have room: 1 first, then as they come.
function spaced(axis, width) {
  if (!axis.tickvals) return axis;
  const [low, high] = axis.range;
  const place = (tick) => ((Math.log10(tick) - low) / (high - low)) * width;
  const kept = [1];
  for (const tick of axis.tickvals) {
    if (kept.every((other) => Math.abs(place(tick) - place(other)) >= TICK)) kept.push(tick);
  }
  const text = kept.map((tick) => axis.ticktext[axis.tickvals.indexOf(tick)]);
  return { ...axis, tickvals: kept, ticktext: text, tickangle: 0 };
}

function themed(layout, parent, data) {
  const css = getComputedStyle(parent);
  const theme = (name) => css.getPropertyValue(name).trim();
  // Present enlarges the page by its root's font size.
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const text = theme("--st-text-color");
  const axis = (own) => ({
    gridcolor: theme("--st-border-color-light") || theme("--st-border-color"),
    tickcolor: text,
    zeroline: false,
    ...own,
  });
  const margin = Object.fromEntries(Object.entries(layout.margin).map(([side, size]) => [side, size * scale]));
  const height = data.height * Math.min(scale, TALLER);
  return {
    ...layout,
    margin,
    height,
    ...named({ ...layout, margin }, parent.clientWidth, height, scale),
    xaxis: axis(spaced(layout.xaxis, (parent.clientWidth - margin.l - margin.r) / scale)),
    yaxis: axis(layout.yaxis),
    uirevision: data.identity,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: text, family: theme("--st-font"), size: 14 * scale },
    hoverlabel: { bgcolor: theme("--st-secondary-background-color"), font: { color: text } },
  };
}

function report(event, setStateValue) {
  if ("xaxis.range[0]" in event) {
    setStateValue("range", [event["xaxis.range[0]"], event["xaxis.range[1]"]]);
  } else if (event["xaxis.autorange"]) {
    setStateValue("range", null);
  }
}

// No toolbar: it lies over the title. Drag to zoom, double-click to see all.
const CONFIG = { displayModeBar: false, showSendToCloud: false };

export default function ({ data, parentElement, setStateValue }) {
  let chart = parentElement.querySelector(".live-chart");
  if (!chart) {
    chart = document.createElement("div");
    chart.className = "live-chart";
    chart.setAttribute("role", "img");
    parentElement.append(chart);
  }
  chart.setAttribute("aria-label", data.alt);
  const layout = themed(data.layout, parentElement, data);
  chart.style.height = `${layout.height}px`;
  const traces = data.traces.map((trace) => ({ ...trace, x: decode(trace.x), y: decode(trace.y) }));
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
