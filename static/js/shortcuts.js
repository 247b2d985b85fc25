// Single keys for what is used most, off while somebody types. `?` shows them, and turns them off for good.

const STORED = "shortcuts";

const element = (id) => document.getElementById(id);
const KEYS = new Map([
  ["/", ["Search the table", () => element("q")?.focus()]],
  ["d", ["Dates", () => element("range")?.click()]],
  ["f", ["Add a filter", () => element("add-filter")?.click()]],
  ["g", ["Group by", () => document.querySelector(".group-by [aria-checked=true]")?.focus()]],
  ["c", ["Compare on or off", () => element("compare")?.click()]],
  ["?", ["These keys", show]],
]);

function on() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true; // storage is closed to us
  }
}

function turn(wanted) {
  try {
    if (wanted) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, "off");
  } catch {
    // As above: there is nothing to keep it in.
  }
}

function made(name, properties, ...children) {
  const one = Object.assign(document.createElement(name), properties);
  one.append(...children);
  return one;
}

function show() {
  const rows = [...KEYS].map(([key, [meaning]]) => made("div", {}, made("dt", {}, made("kbd", { textContent: key })), made("dd", { textContent: meaning })));
  const box = made("input", { type: "checkbox", checked: on(), onchange: () => turn(box.checked) });
  const dialog = made(
    "dialog",
    { className: "shortcuts", onclose: () => dialog.remove() },
    made("h2", { id: "shortcuts-title", textContent: "Keyboard shortcuts" }),
    made("dl", {}, ...rows),
    made("label", {}, box, "Shortcuts are on"),
    made("form", { method: "dialog" }, made("button", { className: "button", textContent: "Close" })),
  );
  dialog.setAttribute("aria-labelledby", "shortcuts-title");
  document.body.append(dialog);
  dialog.showModal();
}

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const meant = KEYS.get(event.key);
  if (!meant || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  if (typing(event.target) || document.querySelector("dialog[open], :popover-open") || !on()) return;
  event.preventDefault();
  meant[1]();
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#shortcuts-button")) show();
});
