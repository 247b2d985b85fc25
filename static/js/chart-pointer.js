// What points at a bucket: the mouse, a finger, the arrow keys. Moves crosshair and tooltip; the nearest bucket by x.

import * as texts from "./chart-texts.js";
import * as legend from "./legend.js";
import * as tooltip from "./tooltip.js";

const BOX = "over-time-box";
const TOP = 8; // px below the canvas box's top

const inside = (event) => event.target.closest?.(`#${BOX}`);

// The series under a point, in its bar or between the two buckets it lies between; null above the stack.
function seriesAt(chart, data, shown, { index: bar, x, y }) {
  const { scales, chartArea: area } = chart;
  if (!data.stacked) return null; // lines are not areas
  if (x < area.left || x > area.right || y < area.top || y > area.bottom) return null;
  const last = data.titles.length - 1;
  const place = data.kind === "bar" ? bar : ((x - area.left) / (area.right - area.left)) * last;
  const before = Math.floor(place);
  const after = Math.min(before + 1, last);
  let height = scales.y.getValueForPixel(y);
  for (const [index, { values }] of data.series.entries()) {
    if (!shown[index]) continue;
    height -= values[before] + (values[after] - values[before]) * (place - before);
    if (height <= 0) return index;
  }
  return null;
}

export function pointing({ chart, data, emphasise }) {
  let pointed = null; // {index, by, x, y}: x and y only of a mouse or finger

  function show() {
    const shown = legend.visible(data());
    const series = pointed.x === undefined ? null : seriesAt(chart(), data(), shown, pointed);
    if (pointed.x !== undefined) emphasise(series);
    chart().crosshair = { index: pointed.index, series };
    chart().draw();
    const box = document.getElementById(BOX);
    const crosshair = box.offsetLeft + chart().scales.x.getPixelForValue(pointed.index);
    const pointer = pointed.by === "mouse" ? box.offsetLeft + pointed.x : undefined;
    tooltip.show(data(), pointed.index, shown, series, { crosshair, pointer, top: box.offsetTop + TOP });
    if (pointed.by !== "mouse") tooltip.announce(data(), pointed.index, shown);
    texts.bring(data(), () => pointed && chart() && show());
  }

  // One step finer: what the bucket's row in the table leads to.
  function open(event) {
    const link = pointed && texts.link(pointed.index);
    if (!link) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) window.open(link.href);
    else link.click();
  }

  function clear() {
    if (!pointed) return;
    const pointedAtSeries = pointed.x !== undefined;
    pointed = null;
    if (chart()) chart().crosshair = null;
    if (pointedAtSeries) emphasise(null);
    chart()?.draw();
    tooltip.hide();
  }

  function point(event, by) {
    if (!chart() || !data().titles.length) return;
    const { left, top } = chart().canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const index = Math.max(0, Math.min(chart().scales.x.getValueForPixel(x), data().titles.length - 1));
    pointed = { index, by, x, y };
    show();
  }

  function step(key) {
    const last = data().titles.length - 1;
    const here = pointed?.index;
    const next = {
      ArrowLeft: here === undefined ? last : here - 1,
      ArrowRight: here === undefined ? 0 : here + 1,
      Home: 0,
      End: last,
    }[key];
    return next === undefined ? undefined : Math.max(0, Math.min(next, last));
  }

  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    if (inside(event)) point(event, "mouse");
    else if (pointed?.by === "mouse") clear();
  });
  document.documentElement.addEventListener("pointerleave", () => {
    if (pointed?.by === "mouse") clear();
  });
  // A finger points first, and opens what it points at by another tap.
  document.addEventListener("click", (event) => {
    if (!inside(event) || event.shiftKey || event.altKey) return;
    const before = pointed?.by === "touch" ? pointed.index : undefined;
    if (event.pointerType === "touch") point(event, "touch");
    if (event.pointerType !== "touch" || before === pointed?.index) open(event);
  });
  document.addEventListener("pointerdown", (event) => {
    if (pointed && !inside(event)) clear();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== BOX || event.altKey || event.ctrlKey || event.metaKey || !data().titles.length) return;
    if (event.key === "Escape") clear();
    if (event.key === "Enter") open(event);
    const index = step(event.key);
    if (index === undefined) return;
    event.preventDefault();
    if (pointed?.x !== undefined) emphasise(null);
    pointed = { index, by: "keys" };
    show();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.id === BOX && pointed?.by === "keys") clear();
  });

  return {
    // After new data, or other series: the same bucket, if there still is one.
    refresh() {
      const box = document.getElementById(BOX);
      box.tabIndex = 0;
      box.toggleAttribute("data-drills", Boolean(data().opens));
      box.setAttribute("role", "application");
      box.setAttribute("aria-labelledby", "over-time-title");
      box.setAttribute("aria-describedby", "over-time-keys");
      if (pointed && pointed.index < data().titles.length && chart()) show();
      else clear();
    },
  };
}
