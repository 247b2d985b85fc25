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

// The script of what is taken away comes when it is about to be needed.

const exporter = () => import("./export.js");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-export], [data-copy-link], [data-print]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const menu = link.closest("details");
  menu.open = false;
  menu.querySelector("summary").focus();
  if ("print" in link.dataset) print();
  else exporter().then(({ take }) => take(link), () => location.assign(link.href));
});
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    if (event.target.closest?.("#export-menu")) exporter().catch(() => {});
  });
}

// On paper everything is light. Style sheets see to that for themselves; a canvas is drawn, so it is drawn again.

let theme;

function draw(next) {
  if (next === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  document.dispatchEvent(new CustomEvent("orgdash:theme"));
}

// What is shown stands in the margin of every page; the sheet's own rules cannot know it.
const paper = () => [...document.styleSheets].find((sheet) => sheet.href?.includes("/print."));
let margin;

function head() {
  const sheet = paper();
  const text = document.getElementById("on-paper")?.textContent.trim();
  if (!sheet || !text) return;
  const rule = `@page { @top-left { content: ${JSON.stringify(text)}; font-size: 9px } @bottom-right { content: counter(page) " / " counter(pages); font-size: 9px } }`;
  margin = sheet.insertRule(rule, sheet.cssRules.length);
}

addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  draw("light");
  Chart.getChart("over-time")?.resize(660, 245); // as wide and high as its box on paper
  head();
});
addEventListener("afterprint", () => {
  draw(theme);
  Chart.getChart("over-time")?.resize();
  if (margin !== undefined) paper().deleteRule(margin);
  margin = undefined;
});
