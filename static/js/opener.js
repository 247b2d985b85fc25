// Opens the date picker and the filters. Their scripts come when they are about to be needed: the first load stays small.

const picker = () => import("./date-range.js");
const filters = () => import("./filters.js");
const WANTED = [["#range", picker], ["[data-opens-filter]", filters]];

function isPlain(event) {
  return event.button === 0 && !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
}

// Before htmx sees the click: a link opened in a new tab is the browser's.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#range");
  const link = event.target.closest?.("[data-opens-filter]");
  if (button) picker().then(({ openPicker }) => openPicker(button));
  if (!link || !isPlain(event)) return;
  document.getElementById("filter-values").replaceChildren();
  if (link.id === "add-filter") event.preventDefault();
  filters().then(({ openFilter }) => openFilter(link));
}, true);

for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    for (const [selector, load] of WANTED) if (event.target.closest?.(selector)) load();
  });
}
