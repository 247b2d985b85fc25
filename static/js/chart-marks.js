// What Chart.js has no dataset for: the dashed line of the compared window, the veil over an unfinished bucket, the crosshair.

const VEIL = 0.58;
const HATCH = 0.55;
const HATCH_STEP = 5;

function points(chart, values) {
  const { chartArea: area, scales: { x, y } } = chart;
  // One bucket is drawn as a bar: its line goes all across.
  if (chart.config.type === "bar") return [area.left, area.right].map((edge) => [edge, y.getPixelForValue(values[0])]);
  return values.map((value, index) => [x.getPixelForValue(index), y.getPixelForValue(value)]);
}

function trace(context, line) {
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x, y);
}

export const previousLine = {
  id: "previousLine",
  afterDatasetsDraw(chart, _, { values, halo, colour }) {
    if (!values?.length) return;
    const { ctx: context } = chart;
    const line = points(chart, values);
    const { left, top, right, bottom } = chart.chartArea;
    context.save();
    context.beginPath();
    context.rect(left, top - 2, right - left, bottom - top + 3); // the axis is lower while large series are hidden
    context.clip();
    trace(context, line);
    context.lineJoin = "round";
    context.globalAlpha = 0.65;
    context.lineWidth = 3;
    context.strokeStyle = halo;
    context.stroke();
    context.globalAlpha = 1;
    context.lineWidth = 1.25;
    context.strokeStyle = colour;
    context.setLineDash([3, 3]);
    context.stroke();
    context.restore();
  },
};

const stackHeight = (chart, index) =>
  chart.data.datasets.reduce((sum, { data }, at) => sum + (chart.isDatasetVisible(at) ? data[index] : 0), 0);

// What the veil lies over: from the last finished bucket to the edge, or the one bar.
function unfinishedSpan(chart) {
  const last = chart.data.labels.length - 1;
  const { x } = chart.scales;
  if (chart.config.type === "bar") {
    const { x: middle, width } = chart.getDatasetMeta(0).data[0].getProps(["x", "width"], true);
    return { from: middle - width / 2, to: middle + width / 2, heights: [stackHeight(chart, 0), stackHeight(chart, 0)] };
  }
  return { from: x.getPixelForValue(last - 1), to: x.getPixelForValue(last), heights: [stackHeight(chart, last - 1), stackHeight(chart, last)] };
}

function clipToStack({ ctx: context, scales: { y } }, { from, to, heights: [first, second] }) {
  const ground = y.getPixelForValue(0);
  trace(context, [[from, ground], [from, y.getPixelForValue(first)], [to, y.getPixelForValue(second)], [to, ground]]);
  context.clip();
}

function hatch(context, area, from, to, colour) {
  context.globalAlpha = HATCH;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  const height = area.bottom - area.top;
  for (let x = from - height; x < to; x += HATCH_STEP) {
    context.moveTo(x, area.bottom);
    context.lineTo(x + height, area.top);
  }
  context.stroke();
}

export const unfinishedBucket = {
  id: "unfinishedBucket",
  afterDatasetsDraw(chart, _, { label, surface, colour }) {
    if (!label || !chart.data.datasets.length) return;
    const { ctx: context, chartArea: area } = chart;
    const span = unfinishedSpan(chart);
    const { from, to } = span;
    context.save();
    context.globalAlpha = VEIL;
    context.fillStyle = surface;
    context.fillRect(from, area.top, to - from + 1, area.bottom - area.top);
    context.save();
    clipToStack(chart, span);
    hatch(context, area, from, to, colour);
    context.restore();
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.setLineDash([1, 2]);
    trace(context, [[from, area.top - 3], [from, area.bottom]]);
    context.stroke();
    context.fillStyle = colour;
    context.font = Chart.helpers.toFont({ size: 12 }).string;
    context.textAlign = "right";
    context.fillText(label, to + 2, area.top - 8);
    context.restore();
  },
};

// `chart.crosshair` is {index, series}: the bucket pointed at, and the series whose top gets a ring, if one.
export const crosshair = {
  id: "crosshair",
  afterDatasetsDraw(chart, _, { colour, surface }) {
    const at = chart.crosshair;
    if (!at || at.index >= chart.data.labels.length) return;
    const { ctx: context, chartArea: area, scales } = chart;
    const x = scales.x.getPixelForValue(at.index);
    context.save();
    context.strokeStyle = colour;
    context.lineWidth = 1;
    trace(context, [[x, area.top], [x, area.bottom]]);
    context.stroke();
    if (at.series !== null && chart.getDatasetMeta(at.series).data[at.index]) {
      context.beginPath();
      context.arc(x, chart.getDatasetMeta(at.series).data[at.index].y, 4, 0, 2 * Math.PI);
      context.fillStyle = surface;
      context.lineWidth = 2;
      context.fill();
      context.stroke();
    }
    context.restore();
  },
};
