// Draws the over-time chart from the one JSON block the server sends, and draws the same chart again with new numbers
// after a swap. Every text comes from the server; colours come from the tokens, which a canvas does not inherit.

import { previousLine, unfinishedBucket } from "./chart-marks.js";

const CANVAS = "over-time";
const DATA = "chart-data";
const SMALL = matchMedia("(max-width: 639px)");
const LABELS = 8;
const LABELS_SMALL = 4;

let drawn; // the JSON element last drawn: one swap sends several events

function tokens(canvas) {
  const style = getComputedStyle(canvas);
  return (name) => style.getPropertyValue(name).trim();
}

function seriesColour(token, slot) {
  return token(slot ? `--series-${slot}` : "--series-other");
}

function datasets(data, token) {
  return data.series.map((series, index) => ({
    label: series.label,
    data: series.values,
    backgroundColor: seriesColour(token, series.slot),
    borderColor: token("--surface"),
    borderWidth: SMALL.matches ? 0.5 : 0.75,
    fill: index ? "-1" : "origin",
    maxBarThickness: 120,
  }));
}

// The last bucket is always labelled, then every nth before it.
function isLabelled(index, count) {
  const step = Math.ceil(count / (SMALL.matches ? LABELS_SMALL : LABELS));
  return (count - 1 - index) % step === 0;
}

function label(data, index) {
  const unfinished = SMALL.matches && index === data.labels.length - 1 && data.unfinished;
  return unfinished ? unfinished.tick : data.labels[index];
}

function axes(data, token) {
  const font = { size: 12, lineHeight: 1.3 };
  const ticks = SMALL.matches ? data.ticksSmall : data.ticks;
  const texts = new Map(ticks.map((tick) => [tick.value, tick.label]));
  return {
    x: {
      offset: data.kind === "bar",
      stacked: true,
      grid: { display: false },
      border: { color: token("--border-strong") },
      ticks: {
        autoSkip: false,
        color: token("--axis"),
        font,
        maxRotation: 0,
        callback: (_, index) => (isLabelled(index, data.labels.length) ? label(data, index) : null),
      },
    },
    y: {
      stacked: true,
      min: 0,
      max: ticks.at(-1).value || 1,
      border: { display: false },
      grid: { color: token("--grid"), drawTicks: false },
      ticks: { color: token("--axis"), font, padding: 8, callback: (value) => texts.get(value) },
      afterBuildTicks: (axis) => {
        axis.ticks = ticks.map(({ value }) => ({ value }));
      },
    },
  };
}

function tooltip(data, token) {
  return {
    backgroundColor: token("--surface"),
    borderColor: token("--border-strong"),
    borderWidth: 1,
    titleColor: token("--text"),
    bodyColor: token("--text-2"),
    footerColor: token("--text"),
    boxPadding: 6,
    padding: 12,
    callbacks: {
      title: ([item]) => title(data, item.dataIndex),
      label: (item) => `${item.dataset.label}  ${data.series[item.datasetIndex].texts[item.dataIndex]}`,
      labelColor: (item) => ({ backgroundColor: item.dataset.backgroundColor, borderColor: item.dataset.backgroundColor, borderRadius: 3 }),
      footer: ([item]) => footer(data, item.dataIndex),
    },
  };
}

function title(data, index) {
  const last = index === data.titles.length - 1;
  return last && data.unfinished ? `${data.titles[index]}, ${data.unfinished.note}` : data.titles[index];
}

function footer(data, index) {
  const before = data.previous?.texts[index];
  return [`Total  ${data.totals[index]}`, ...(before ? [`${data.previous.titles[index]}  ${before}`] : [])];
}

function options(data, token) {
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    datasets: { line: { pointRadius: 0, pointHoverRadius: 0, tension: 0 } },
    layout: { padding: { top: 24, right: 4 } },
    scales: axes(data, token),
    plugins: {
      legend: { display: false },
      tooltip: tooltip(data, token),
      previousLine: { values: data.previous?.values ?? [], halo: token("--surface"), colour: token("--text-2") },
      unfinishedBucket: {
        label: data.unfinished && (SMALL.matches ? "Partial" : data.unfinished.label),
        surface: token("--surface"),
        colour: token("--text-3"),
      },
    },
  };
}

function draw() {
  const canvas = document.getElementById(CANVAS);
  const source = document.getElementById(DATA);
  if (!canvas || !source) return;
  drawn = source;
  const data = JSON.parse(source.textContent);
  const token = tokens(canvas);
  Chart.defaults.font.family = token("--font");
  const content = { labels: data.labels, datasets: datasets(data, token) };
  let chart = Chart.getChart(canvas);
  if (chart && chart.config.type !== data.kind) {
    chart.destroy();
    chart = undefined;
  }
  if (chart) {
    chart.data = content;
    chart.options = options(data, token);
    chart.update("none");
  } else {
    const plugins = [unfinishedBucket, previousLine];
    new Chart(canvas, { type: data.kind, data: content, options: options(data, token), plugins });
  }
  canvas.setAttribute("aria-label", data.label);
}

function drawIfNew() {
  if (document.getElementById(DATA) !== drawn) draw();
}

document.addEventListener("htmx:afterSwap", drawIfNew);
document.addEventListener("htmx:historyRestore", drawIfNew);
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => {
  if (target.id === CANVAS) Chart.getChart(target)?.destroy();
});
document.addEventListener("orgdash:theme", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
SMALL.addEventListener("change", draw);
draw();
