// The chart's tooltip: beside the crosshair, inside the panel, never under the pointer. Its texts are the server's.

const GAP = 14;
const EDGE = 8;
const WIDTH = 272;
const CURSOR = 12; // a pointer's drawing reaches so far to the right of its point
const SETTLE = 200; // ms before the live region speaks
const NARROWEST = 160;

let waiting;

const box = () => document.getElementById("chart-tooltip");
const live = () => document.getElementById("chart-live");

function part(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function title(data, index) {
  const unfinished = data.unfinished && index === data.titles.length - 1;
  const clipped = data.clipped.some(([place]) => place === index);
  return data.titles[index] + (unfinished ? `, ${data.unfinished.note}` : clipped ? ", only these days" : "");
}

// Value, share and what is estimated of every series that is shown, in the legend's order; zeros too.
function rows(data, index, shown) {
  return data.series
    .map((series, at) => ({ series, at, text: series.texts[index], share: series.shares[index], part: series.estimated?.[index] }))
    .filter(({ at }) => shown[at]);
}

// Beside hidden series the total is not the sum of what one sees, and says so; what it was before would be no match at all.
function foot(data, index, shown) {
  if (!shown.every(Boolean)) return [["Total, with what is hidden", data.totals[index]]];
  const before = data.previous?.texts[index];
  const part = data.estimated?.[index];
  return [
    ["Total", data.totals[index]],
    ...(part ? [["Estimated", part]] : []),
    ...(before ? [[data.previous.titles[index], before]] : []),
  ];
}

function content(data, index, shown, emphasised) {
  const head = part("div", "tooltip-head", part("strong", "", title(data, index)), part("span", "caption", data.measure));
  const body = rows(data, index, shown).map(({ series, at, text, share, part: estimated }) =>
    part(
      "div",
      `tooltip-row series-${series.slot}${at === emphasised ? " emphasised" : ""}`,
      part("span", "swatch"),
      part("bdi", "cut", series.label),
      part("span", "tooltip-value", ...(estimated ? [part("span", "about", "≈ ")] : []), text),
      ...(data.stacked ? [part("span", "tooltip-share", share)] : []),
    ),
  );
  const feet = foot(data, index, shown).map(([name, text]) => part("div", "tooltip-row", part("span", "cut", name), part("span", "tooltip-value", text)));
  const hint = data.opens ? [part("p", "tooltip-hint", data.opens)] : [];
  // What is divided has no shares.
  return [head, part("div", `tooltip-rows${data.stacked ? "" : " divided"}`, ...body), part("div", "tooltip-foot", ...feet), ...hint];
}

// The left edge and the width. Left or right of the crosshair, whichever has room; where neither has, over the crosshair,
// or, with a pointer that must not be covered, as narrow as the larger side.
export function beside(panel, crosshair, pointer = crosshair) {
  const right = Math.max(crosshair + GAP, pointer + (pointer > crosshair ? CURSOR : 0));
  const left = Math.min(crosshair - GAP, pointer);
  const fitsRight = right + WIDTH <= panel - 1;
  const fitsLeft = left - WIDTH >= 1;
  if (fitsLeft && (crosshair > panel / 2 || !fitsRight)) return [left - WIDTH, WIDTH];
  if (fitsRight) return [right, WIDTH];
  return null;
}

function narrow(panel, crosshair, hasPointer) {
  const onRight = panel - crosshair > crosshair;
  const width = hasPointer ? Math.max(NARROWEST, (onRight ? panel - crosshair : crosshair) - GAP - EDGE) : Math.min(WIDTH, panel - 2 * EDGE);
  return [onRight ? panel - EDGE - width : EDGE, width];
}

// `at`: the crosshair's and (for a mouse) the pointer's x, and the top, all in pixels of the panel.
export function show(data, index, shown, emphasised, at) {
  const tip = box();
  const panel = tip.parentElement;
  tip.replaceChildren(...content(data, index, shown, emphasised));
  tip.hidden = false;
  tip.toggleAttribute("data-tooltip-open", true); // refresh.js waits while it is read
  const [left, width] =
    beside(panel.clientWidth, at.crosshair, at.pointer) ?? narrow(panel.clientWidth, at.crosshair, at.pointer !== undefined);
  tip.style.left = `${left}px`;
  tip.style.width = `${width}px`;
  tip.style.top = `${Math.max(EDGE, Math.min(at.top, panel.clientHeight - tip.offsetHeight - EDGE))}px`;
}

export function hide() {
  const tip = box();
  if (tip) tip.hidden = true;
  tip?.removeAttribute("data-tooltip-open");
  clearTimeout(waiting);
  if (live()?.textContent) live().textContent = "";
}

export function announce(data, index, shown) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const lines = [
      ...rows(data, index, shown).map(({ series, text, share, part: estimated }) => `${series.label} ${text}${estimated ? `, includes ${estimated} estimated` : ""}${share && `, ${share}`}`),
      ...foot(data, index, shown).map(([name, text]) => `${name} ${text}`),
    ];
    live().textContent = `${title(data, index)}: ${lines.join("; ")}`;
  }, SETTLE);
}
