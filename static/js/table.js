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
