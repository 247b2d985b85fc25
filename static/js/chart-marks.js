// What Chart.js has no dataset for: the dashed line of the compared window, and the veil over an unfinished bucket.

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
    context.save();
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

// The stack between the last two buckets, as a path.
function clipToStack(chart, from, to) {
  const { ctx: context, scales } = chart;
  const last = chart.data.labels.length - 1;
  const height = (index) => chart.data.datasets.reduce((sum, { data }, at) => sum + (chart.isDatasetVisible(at) ? data[index] : 0), 0);
  const ground = scales.y.getPixelForValue(0);
  trace(context, [[from, ground], [from, scales.y.getPixelForValue(height(last - 1))], [to, scales.y.getPixelForValue(height(last))], [to, ground]]);
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
    const last = chart.data.labels.length - 1;
    if (!label || last < 1) return;
    const { ctx: context, chartArea: area, scales } = chart;
    const from = scales.x.getPixelForValue(last - 1);
    const to = scales.x.getPixelForValue(last);
    context.save();
    context.globalAlpha = VEIL;
    context.fillStyle = surface;
    context.fillRect(from, area.top, to - from + 1, area.bottom - area.top);
    context.save();
    clipToStack(chart, from, to);
    hatch(context, area, from, to, colour);
    context.restore();
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.setLineDash([1, 2]);
    trace(context, [[from, area.top - 8], [from, area.bottom]]);
    context.stroke();
    context.fillStyle = colour;
    context.font = Chart.helpers.toFont({ size: 12 }).string;
    context.textAlign = "right";
    context.fillText(label, to + 2, area.top - 8);
    context.restore();
  },
};
