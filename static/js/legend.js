// The legend as buttons: which series the chart shows. The server's list is plain; here every series becomes a button.
// What is hidden is kept by entity for as long as the page lives, so it survives tabs, ranges and swaps.

const LEGEND = "legend";
const ALL = "legend-all";
const hidden = new Set();

const items = () => [...document.querySelectorAll(`#${LEGEND} li[data-series]`)];

function entity(data, series) {
  return `${data.dimension} ${series.slot ? series.key : ""}`; // slot 0 is Other
}

// One truth value per series. Where all would be hidden, none is: an empty chart says nothing.
export function visible(data) {
  const shown = data.series.map((series) => !hidden.has(entity(data, series)));
  return shown.some(Boolean) ? shown : shown.map(() => true);
}

function keep(data, shown) {
  if (!shown.some(Boolean)) return; // the last one stays
  data.series.forEach((series, index) => {
    if (shown[index]) hidden.delete(entity(data, series));
    else hidden.add(entity(data, series));
  });
}

function toggle(data, index) {
  const shown = visible(data);
  shown[index] = !shown[index];
  keep(data, shown);
}

// Alone, or with all others again when it already is.
function isolate(data, index) {
  const shown = visible(data);
  const alone = shown.every((one, at) => one === (at === index));
  keep(data, shown.map((_, at) => alone || at === index));
}

function button(item, index) {
  const made = document.createElement("button");
  made.type = "button";
  made.id = `legend-${index}`;
  made.append(...item.childNodes);
  item.append(made);
  item.setAttribute("role", "none");
  return made;
}

// The way back from what is hidden, where the compared line, which is of all series, stood.
function showAll(list, every) {
  const compared = list.querySelector("[data-compared]");
  if (compared) compared.hidden = !every;
  const item = document.getElementById(ALL)?.parentElement;
  if (every) return item?.remove();
  if (item) return undefined;
  const made = document.createElement("button");
  Object.assign(made, { type: "button", id: ALL, className: "show-all", textContent: "Show all" });
  const added = document.createElement("li");
  added.setAttribute("role", "none");
  added.append(made);
  return list.append(added);
}

// After every swap the list is plain again; the button that had the focus gets it back.
export function show(data, focused) {
  const list = document.getElementById(LEGEND);
  list.setAttribute("role", "group");
  const shown = visible(data);
  items().forEach((item, index) => {
    const control = item.querySelector("button") ?? button(item, index);
    control.setAttribute("aria-pressed", String(shown[index]));
  });
  showAll(list, shown.every(Boolean));
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
}

export function focusedButton() {
  return document.activeElement?.closest?.(`#${LEGEND} button`)?.id;
}

export function emphasise(index) {
  items().forEach((item, at) => {
    item.classList.toggle("emphasised", at === index);
  });
}

function place(target) {
  const item = target.closest?.(`#${LEGEND} li[data-series], #ranking li[data-series]`);
  return item ? Number(item.dataset.series) : null;
}

// `current` gives the data drawn; `changed` is called after a series was hidden or shown; `pointed` with a series or null.
export function listen(current, changed, pointed) {
  const act = (event, action) => {
    const control = event.target.closest?.(`#${LEGEND} button`);
    if (!control) return;
    event.preventDefault();
    const back = control.id === ALL;
    if (back) keep(current(), current().series.map(() => true));
    else action(current(), place(control));
    changed();
    if (back) document.querySelector(`#${LEGEND} button`)?.focus();
  };
  document.addEventListener("click", (event) => act(event, event.shiftKey ? isolate : toggle));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) act(event, isolate);
  });
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") pointed(place(event.target));
  });
  document.addEventListener("focusin", (event) => pointed(event.target.matches(":focus-visible") ? place(event.target) : null));
  document.addEventListener("focusout", () => pointed(null));
}
