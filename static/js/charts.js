// Draws the over-time chart from the one JSON block the server sends, and draws the same chart again with new numbers
// after a swap. Every text comes from the server; colours come from the tokens, which a canvas does not inherit.

import { crosshair, previousLine, unfinishedBucket } from "./chart-marks.js";
import * as texts from "./chart-texts.js";
import * as legend from "./legend.js";
import { pointing } from "./chart-pointer.js";

const CANVAS = "over-time";
const DATA = "chart-data";
const DIMMED = 0.28;
const SMALL = matchMedia("(max-width: 39.9375em)");

let drawn; // the JSON element last drawn: one swap sends several events
let data;
let chart;
let emphasised = null; // the series that stands out, by its place

const size = () => (SMALL.matches ? "small" : "wide");

function tokens(canvas) {
  const style = getComputedStyle(canvas);
  return (name) => style.getPropertyValue(name).trim();
}

function fill(series, index, token) {
  const colour = token(series.slot ? `--series-${series.slot}` : "--series-other");
  const dimmed = emphasised !== null && index !== emphasised;
  return dimmed ? Chart.helpers.color(colour).alpha(DIMMED).rgbString() : colour;
}

// Between the bands alone: around many narrow bars it would leave nothing of them.
function border() {
  const width = SMALL.matches ? 0.5 : 0.75;
  return data.kind === "bar" ? { top: width } : width;
}

function datasets(token, shown) {
  return data.series.map((series, index) => ({
    label: series.label,
    data: series.values,
    hidden: !shown[index],
    backgroundColor: fill(series, index, token),
    ...(data.stacked
      ? { borderColor: token("--surface"), borderWidth: border(), fill: index ? "-1" : "origin" }
      : { borderColor: fill(series, index, token), borderWidth: data.kind === "bar" ? 0 : 1.5, pointRadius: 1.5, clip: 2, fill: false }),
    borderSkipped: false,
    maxBarThickness: 120,
    categoryPercentage: 1,
    barPercentage: data.titles.length > 60 ? 0.9 : 0.8,
  }));
}

// With all series shown, the axis up to the highest of all; else the smallest that holds what is left.
function heightAxis(shown) {
  const axes = data.y[size()];
  if (shown.every(Boolean)) return axes.at(-1);
  const of = (index) => data.series.map(({ values }, at) => (shown[at] ? values[index] : 0));
  const stack = (index) => (data.stacked ? of(index).reduce((sum, value) => sum + value, 0) : Math.max(...of(index)));
  const highest = Math.max(...data.titles.map((_, index) => stack(index)));
  return axes.find((axis) => axis.at(-1)[0] >= highest) ?? axes.at(-1);
}

function axes(token, shown) {
  const font = { lineHeight: 1.3 };
  const across = new Map(data.x[size()]);
  const up = new Map(heightAxis(shown));
  return {
    x: {
      offset: data.kind === "bar",
      stacked: data.stacked,
      grid: { display: false },
      border: { color: token("--border-strong") },
      ticks: { autoSkip: false, color: token("--axis"), font, maxRotation: 0, callback: (value) => across.get(value) },
      afterBuildTicks: (axis) => {
        axis.ticks = [...across.keys()].map((value) => ({ value }));
      },
    },
    y: {
      stacked: data.stacked,
      min: 0,
      max: [...up.keys()].at(-1) || 1,
      border: { display: false },
      grid: { color: token("--grid"), drawTicks: false },
      ticks: { color: token("--axis"), font, padding: 8, callback: (value) => up.get(value) },
      afterBuildTicks: (axis) => {
        axis.ticks = [...up.keys()].map((value) => ({ value }));
      },
    },
  };
}

function options(token, shown) {
  const label = data.unfinished && (SMALL.matches ? "Partial" : data.unfinished.label);
  return {
    animation: false,
    maintainAspectRatio: false,
    events: [], // chart-pointer.js listens
    datasets: { line: { pointRadius: 0, tension: 0 } },
    layout: { padding: { top: 24, right: 4 } },
    scales: axes(token, shown),
    plugins: {
      legend: { display: false },
      tooltip: { enabled: false },
      // It is of all series together: where some are hidden there is nothing it could be compared with.
      previousLine: { values: (shown.every(Boolean) && data.previous?.values) || [], since: shown.every(Boolean) ? data.previous?.since : undefined, halo: token("--surface"), colour: token("--text-2") },
      unfinishedBucket: { label, clipped: data.clipped, surface: token("--surface"), colour: token("--text-3") },
      crosshair: { colour: token("--text-2"), surface: token("--surface") },
    },
  };
}

function draw() {
  const canvas = document.getElementById(CANVAS);
  const source = document.getElementById(DATA);
  if (!canvas || !source) return;
  if (source !== drawn) {
    data = JSON.parse(source.textContent);
    texts.read(data);
    emphasised = null;
  }
  drawn = source;
  const token = tokens(canvas);
  const shown = legend.visible(data);
  if (emphasised !== null && !shown[emphasised]) emphasised = null;
  Chart.defaults.font.family = token("--font");
  Chart.defaults.font.size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.75;
  const content = { labels: data.titles, datasets: datasets(token, shown) };
  chart = Chart.getChart(canvas);
  if (chart && chart.config.type !== data.kind) {
    chart.destroy();
    chart = undefined;
  }
  if (chart) {
    chart.data = content;
    chart.options = options(token, shown);
    chart.update("none");
  } else {
    const plugins = [previousLine, unfinishedBucket, crosshair];
    chart = new Chart(canvas, { type: data.kind, data: content, options: options(token, shown), plugins });
  }
  canvas.setAttribute("aria-label", data.label);
  legend.emphasise(emphasised);
}

// Only the fills change: the rest of the chart stands.
function emphasise(index) {
  const wanted = index !== null && legend.visible(data)[index] ? index : null;
  if (!chart || wanted === emphasised) return;
  emphasised = wanted;
  const token = tokens(chart.canvas);
  chart.data.datasets.forEach((dataset, at) => {
    dataset.backgroundColor = fill(data.series[at], at, token);
    if (!data.stacked) dataset.borderColor = dataset.backgroundColor;
  });
  chart.update("none");
  legend.emphasise(emphasised);
}

const pointer = pointing({ chart: () => chart, data: () => data, emphasise });

function redraw() {
  draw();
  legend.show(data);
  pointer.refresh();
}

let focused; // the legend's button that a swap takes away

function drawIfNew() {
  if (!document.getElementById(DATA) || document.getElementById(DATA) === drawn) return;
  draw();
  legend.show(data, focused);
  pointer.refresh();
}

legend.listen(() => data, redraw, emphasise);
document.addEventListener("htmx:beforeSwap", () => {
  focused = legend.focusedButton();
});
document.addEventListener("htmx:afterSwap", drawIfNew);
document.addEventListener("htmx:historyRestore", drawIfNew);
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => {
  if (target.id !== CANVAS) return;
  Chart.getChart(target)?.destroy();
  chart = undefined; // a pointer that leaves now would have it drawn
});
document.addEventListener("orgdash:theme", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
SMALL.addEventListener("change", draw);
drawIfNew();
