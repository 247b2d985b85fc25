// Opens the date picker, the filters and what a cost is estimated from. Scripts and styles come when they are about to be
// needed: the first load stays small.

let styled;

function styles() {
  styled ??= new Promise((done) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: document.getElementById("picker").dataset.styles, onload: done, onerror: done });
    document.head.append(link);
  });
  return styled;
}

const picker = () => Promise.all([import("./date-range.js"), styles()]).then(([script]) => script);
const filters = () => import("./filters.js");
const WANTED = [["#range", picker], ["[data-opens-filter]", filters]];

function isPlain(event) {
  return event.button === 0 && !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
}

// Under its link, and with the page when that scrolls.
function showEstimate(link) {
  const box = document.getElementById("estimate");
  const { left, bottom } = link.getBoundingClientRect();
  box.showPopover();
  box.style.left = `${scrollX + Math.max(16, Math.min(left, document.documentElement.clientWidth - box.offsetWidth - 16))}px`;
  box.style.top = `${scrollY + bottom + 4}px`;
  box.focus({ preventScroll: true });
}

// Before htmx sees the click: a link opened in a new tab is the browser's.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#range");
  const link = event.target.closest?.("[data-opens-filter]");
  if (button) picker().then(({ openPicker }) => openPicker(button));
  if (event.target.closest?.("#estimated") && isPlain(event)) {
    event.preventDefault();
    showEstimate(event.target.closest("#estimated"));
  }
  const opens = event.target.closest?.("[data-opens]");
  if (opens) {
    event.preventDefault();
    event.stopPropagation(); // the page closes what is open on a click outside it
    const opened = document.getElementById(opens.dataset.opens);
    opened.focus();
    opened.click();
  }
  if (!link || !isPlain(event)) return;
  document.getElementById("filter-values").replaceChildren();
  if (link.id === "add-filter") event.preventDefault();
  filters().then(({ openFilter }) => openFilter(link));
}, true);

// A page without usage has a line to copy.
function fill() {
  if (document.querySelector("[data-copy]")) import("./empty.js");
}
document.addEventListener("htmx:afterSwap", fill);
document.addEventListener("htmx:historyRestore", fill);
fill();

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    for (const [selector, load] of WANTED) if (event.target.closest?.(selector)) load();
  });
}
