// Filters in a dialog: fields, then values. The links lead to a page of their own; here htmx brings its form instead.

import { openSheet } from "./sheet.js";

const part = (name) => document.getElementById(name ? `filter-${name}` : "filter");

function show(step) {
  part("fields").hidden = step !== "fields";
  part("values").hidden = step === "fields";
  part("").setAttribute("aria-labelledby", step === "fields" ? "filter-fields-title" : "filter-title");
}

function isPlain(event) {
  return event.button === 0 && !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
}

// Before htmx sees the click: a link opened in a new tab is the browser's.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens-filter]");
  const field = event.target.closest?.("#filter-fields a");
  if (!isPlain(event) || !(opener || field)) return;
  part("values").replaceChildren();
  if (opener) {
    part("").dataset.focusAfter = `${opener.id} add-filter`;
    openSheet(part(""), opener);
  }
  if (opener?.id === "add-filter") {
    event.preventDefault();
    show("fields");
    part("fields").querySelector("a").focus();
  } else {
    show("values");
  }
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
    show("fields");
    part("fields").querySelector("a").focus();
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
