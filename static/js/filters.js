// Filters in a dialog: fields, then values. The links lead to a page of their own; here htmx brings its form instead.

import { openSheet } from "./sheet.js";

const part = (name) => document.getElementById(name ? `filter-${name}` : "filter");

function show(step) {
  part("fields").hidden = step !== "fields";
  part("values").hidden = step === "fields";
  part("").setAttribute("aria-labelledby", step === "fields" ? "filter-fields-title" : "filter-title");
}

function showFields() {
  show("fields");
  part("fields").querySelector("a").focus();
}

// "Add filter" begins with the fields; a chip with the values, which htmx is asking for, or has already brought.
export function openFilter(opener) {
  if (!opener.isConnected || part("").open) return;
  part("").dataset.focusAfter = `${opener.id} add-filter`;
  openSheet(part(""), opener);
  if (opener.id === "add-filter") return showFields();
  show("values");
  document.getElementById("filter-find")?.focus();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#filter-fields a")) return;
  if (event.button || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser's own
  part("values").replaceChildren();
  show("values");
}, true);

// Arrows move among the fields, as in any menu.
document.addEventListener("keydown", (event) => {
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (!(event.key in moves) || !event.target.closest?.("#filter-fields, #filter-options")) return;
  const stops = [...event.target.closest("#filter-fields, #filter-options").querySelectorAll("a, input")];
  event.preventDefault();
  stops[(stops.indexOf(event.target) + moves[event.key] + stops.length) % stops.length].focus();
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "filter-values") document.getElementById("filter-find")?.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-filter-back]")) {
    showFields();
  } else if (event.target.closest?.("[data-filter-cancel]")) {
    part("").close();
  }
});

// Applied: the dialog leaves at once, the answer comes when it comes.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-filter-form]")) part("")?.close();
  if (event.target.closest("dialog .find")) event.preventDefault();
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.target?.id !== "filter-values") return;
    const said = document.createElement("p");
    said.role = "alert";
    said.className = "filter-failed";
    said.textContent = "Couldn't load the values. Close this and try again.";
    detail.target.replaceChildren(said);
  });
}
