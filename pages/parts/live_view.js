// The picture of a race, drawn in place once a second: zoom, legend and hover survive, nothing is mounted again.
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

function report(event, name, setStateValue) {
  if ("xaxis.range[0]" in event) {
    setStateValue(name, [event["xaxis.range[0]"], event["xaxis.range[1]"]]);
  } else if (event["xaxis.autorange"]) {
    setStateValue(name, null);
  }
}

// No toolbar: it lies over the title. Drag to zoom, double-click to see all.
const CONFIG = { displayModeBar: false, showSendToCloud: false };

// A chart of the picture, drawn into its place. The zoom of this reader is told to the server by the chart's name.
async function drawChart(place, name, data, plotly, setStateValue) {
  let chart = place.querySelector(".live-chart");
  if (!chart) {
    chart = document.createElement("div");
    chart.className = "live-chart";
    chart.setAttribute("role", "img");
    place.insertBefore(chart, place.querySelector("figcaption"));
  }
  chart.setAttribute("aria-label", data.alt);
  const layout = themed(data.layout, place, data);
  chart.style.height = `${layout.height}px`;
  try {
    const Plotly = await loadPlotly(plotly);
    if (!chart.isConnected) return;
    await Plotly.react(chart, data.traces, layout, CONFIG);
    if (chart.watcher) return;
    chart.on("plotly_relayout", (event) => report(event, name, setStateValue));
    chart.watcher = new ResizeObserver(() => chart.isConnected && Plotly.Plots.resize(chart));
    chart.watcher.observe(place);
  } catch (error) {
    chart.textContent = `The chart library could not be loaded (${error.message}); reload the page.`;
  }
}

// A line of the picture with the points of a reader's window, which are more, in place of those that it has there.
function finer(trace, window) {
  const x = decode(trace.x);
  const y = decode(trace.y);
  if (!window?.x) return { ...trace, x, y };
  const within = { x: decode(window.x), y: decode(window.y) };
  const first = within.x[0];
  const last = within.x[within.x.length - 1];
  const outside = (from, to) => [...x.keys()].filter((at) => x[at] > from && x[at] < to);
  const joined = (of, more) => [
    ...outside(-Infinity, first).map((at) => of[at]),
    ...more,
    ...outside(last, Infinity).map((at) => of[at]),
  ];
  return { ...trace, x: joined(x, within.x), y: joined(y, within.y) };
}

// The parts of what came: each has its length before it, in four bytes.
function parts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at);
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

async function unpack(bytes) {
  if (!bytes.length) return {};
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

const PAGE = `<div class="race-steps"></div><div class="race-ratio"><div class="race-loud"></div></div><p class="race-said"></p>
<div class="race-tracks"></div><div class="race-charts"></div><p class="race-said race-aside"></p>`;

// Only what has changed is written, so that a selection and a hint under the mouse survive.
function write(place, text, kind) {
  place.hidden = !text;
  if (place.written === text) return;
  place.written = text;
  place[kind] = text ?? "";
}

function chartPlace(box, name) {
  let place = box.querySelector(`[data-chart=${name}]`);
  if (!place) {
    place = document.createElement("figure");
    place.dataset.chart = name;
    place.append(document.createElement("figcaption"));
    box.append(place);
  }
  return place;
}

async function draw(page, given, setStateValue) {
  const turn = (page.turn = (page.turn ?? 0) + 1);
  const [head, picture, zoomed] = parts(given);
  const { identity, plotly, height } = JSON.parse(new TextDecoder().decode(head));
  const [content, windows] = await Promise.all([unpack(picture), unpack(zoomed)]);
  if (turn !== page.turn || !page.isConnected) return;
  const find = (name) => page.querySelector(`.${name}`);
  write(find("race-steps"), content.strip, "innerHTML");
  write(find("race-said"), content.said, "textContent");
  write(find("race-tracks"), content.lanes, "innerHTML");
  write(find("race-aside"), content.aside, "textContent");
  const ratio = find("race-ratio");
  ratio.hidden = !content.ratio;
  write(find("race-loud"), content.ratio?.sentence, "innerHTML");
  const drawn = [];
  if (content.ratio?.line) {
    const line = { ...content.ratio.line, identity, height: content.ratio.line.layout.height };
    drawn.push(drawChart(ratio, "line", line, plotly, setStateValue));
  }
  for (const [name, chart] of Object.entries(content.charts ?? {})) {
    const place = chartPlace(find("race-charts"), name);
    write(place.querySelector("figcaption"), chart.caption, "textContent");
    const traces = chart.traces.map((trace, at) => finer(trace, windows[name]?.[at]));
    drawn.push(drawChart(place, name, { ...chart, traces, identity, height }, plotly, setStateValue));
  }
  await Promise.all(drawn);
}

export default function ({ data, parentElement, setStateValue }) {
  let page = parentElement.querySelector(".race");
  if (!page) {
    page = document.createElement("div");
    page.className = "race";
    page.innerHTML = PAGE;
    parentElement.append(page);
  }
  draw(page, data, setStateValue);
  return () => {
    for (const chart of page.querySelectorAll(".live-chart")) {
      chart.watcher?.disconnect();
      window.Plotly?.purge(chart);
    }
    page.remove();
  };
}
