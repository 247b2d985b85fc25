// What Chart.js has no dataset for: the dashed line of the compared window, the veil over an unfinished bucket, the crosshair.

const VEIL = 0.58;
const HATCH = 0.55;
const HATCH_STEP = 5;
const LONE = 5; // px to either side of a bucket that has nothing beside it, if the buckets are as wide

// The line in its pieces: it goes on between two buckets that both have a number.
function pieces(chart, values) {
  const { chartArea: area, scales: { x, y } } = chart;
  // Of one bucket alone the line goes all across.
  if (values.length === 1 && values[0] !== null) return [[area.left, area.right].map((edge) => [edge, y.getPixelForValue(values[0])])];
  const aside = Math.min(LONE, (x.getPixelForValue(1) - x.getPixelForValue(0)) * 0.4);
  const found = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (!index || values[index - 1] === null) found.push([]);
    found.at(-1).push([x.getPixelForValue(index), y.getPixelForValue(value)]);
  });
  return found.map((piece) => (piece.length > 1 ? piece : [-aside, aside].map((by) => [piece[0][0] + by, piece[0][1]])));
}

function trace(context, ...lines) {
  context.beginPath();
  for (const [start, ...rest] of lines) {
    context.moveTo(...start);
    for (const point of rest) context.lineTo(...point);
  }
}

export const previousLine = {
  id: "previousLine",
  afterDatasetsDraw(chart, _, { values, since, halo, colour }) {
    if (!values?.length) return;
    const { ctx: context } = chart;
    const line = pieces(chart, values);
    const { left, top, right, bottom } = chart.chartArea;
    context.save();
    context.beginPath();
    context.rect(left, top - 2, right - left, bottom - top + 3); // the axis is lower while large series are hidden
    context.clip();
    trace(context, ...line);
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
    if (since) beginning(chart, since, colour);
  },
};

// Where the compared line begins with the first usage.
function beginning({ ctx: context, chartArea: area, scales: { x } }, [index, label], colour) {
  const at = x.getPixelForValue(index);
  context.save();
  context.strokeStyle = context.fillStyle = colour;
  context.setLineDash([1, 2]);
  trace(context, [[at, area.top + 8], [at, area.bottom]]);
  context.stroke();
  context.font = Chart.helpers.toFont({}).string;
  const right = at > area.left + context.measureText(label).width;
  context.textAlign = right ? "right" : "left";
  context.fillText(label, right ? at - 4 : at + 4, area.top + 12);
  context.restore();
}

// Of lines that are not stacked the veil goes all the way up.
const stackHeight = (chart, index) =>
  chart.options.scales.y.stacked ? heights(chart, index) : chart.scales.y.max;

const heights = (chart, index) =>
  chart.data.datasets.reduce((sum, { data }, at) => sum + (chart.isDatasetVisible(at) ? data[index] : 0), 0);

// What the veil over a bucket lies over: from the finished one beside it to the edge, or the one bar.
function veiled(chart, index) {
  const { x } = chart.scales;
  if (chart.config.type === "bar") {
    const { x: middle, width } = chart.getDatasetMeta(0).data[index].getProps(["x", "width"], true);
    return { from: middle - width / 2, to: middle + width / 2, heights: [stackHeight(chart, index), stackHeight(chart, index)] };
  }
  const first = index ? index - 1 : 0;
  return { from: x.getPixelForValue(first), to: x.getPixelForValue(first + 1), heights: [stackHeight(chart, first), stackHeight(chart, first + 1)] };
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

function veil(chart, index, label, surface, colour) {
  const { ctx: context, chartArea: area } = chart;
  const span = veiled(chart, index);
  const { from, to } = span;
  const atStart = index === 0 && chart.data.labels.length > 1;
  const edge = atStart ? to : from;
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
  trace(context, [[edge, area.top - 3], [edge, area.bottom]]);
  context.stroke();
  context.fillStyle = colour;
  context.font = Chart.helpers.toFont({}).string;
  context.textAlign = atStart ? "left" : "right";
  context.fillText(label, atStart ? from - 2 : to + 2, area.top - 8);
  context.restore();
}

// The bucket that is not over yet, and those of which the window has only a part.
export const unfinishedBucket = {
  id: "unfinishedBucket",
  afterDatasetsDraw(chart, _, { label, clipped, surface, colour }) {
    const { datasets, labels } = chart.data;
    if (!datasets.length) return;
    const veils = [...clipped, ...(label ? [[labels.length - 1, label]] : [])];
    for (const [index, text] of veils) veil(chart, index, text, surface, colour);
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
