// The search box stays over a swap, so that no letter is lost while an answer is on its way. Where an answer came for
// another reason than typing (Clear, Group by), the box says what the page shows.

function follow() {
  const state = document.getElementById("search-state");
  const box = document.getElementById("q");
  if (!state || !box) return;
  box.placeholder = state.dataset.label;
  box.setAttribute("aria-label", state.dataset.label);
  if (box !== document.activeElement) box.value = state.dataset.search;
}

// What is sorted by can stand further right than one sees.

function showSorted() {
  const scroller = document.getElementById("table-scroller");
  const head = scroller?.querySelector("th[aria-sort]:not(.name)");
  if (head) scroller.scrollLeft = head.offsetLeft + head.offsetWidth - scroller.clientWidth;
}

document.addEventListener("htmx:afterSwap", follow);
document.addEventListener("htmx:historyRestore", () => {
  follow();
  showSorted();
});
follow();
showSorted();

// The CSV's script comes when it is about to be needed.

const exporter = () => import("./export.js");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#export");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  exporter().then(({ download }) => download(link), () => location.assign(link.href));
});
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    if (event.target.closest?.("#export")) exporter().catch(() => {});
  });
}

// On paper everything is light. Style sheets see to that for themselves; a canvas is drawn, so it is drawn again.

let theme;

function draw(next) {
  if (next === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  document.dispatchEvent(new CustomEvent("orgdash:theme"));
}

addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  draw("light");
});
addEventListener("afterprint", () => draw(theme));
