// Keys for the controls, which are links: they work without this file, with Tab and Enter.
// One stop per group; arrows move in it. Tabs then wait for Enter or Space, choices are taken at once.

const SETTLE = 150; // ms between two arrows before a choice is taken

const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
let waiting;

function members(element) {
  const group = element.closest("[role=tablist], [role=radiogroup]");
  return group ? [...group.querySelectorAll("[role=tab], [role=radio]")] : [];
}

function oneStop(root) {
  for (const group of root.querySelectorAll("[role=tablist], [role=radiogroup]")) {
    const is = (member) => member.matches("[aria-selected=true], [aria-checked=true]");
    const some = [...group.children].some(is); // else what is shown stands under "More"
    for (const member of group.children) {
      const chosen = some ? is(member) : member === group.firstElementChild;
      member.tabIndex = chosen || member === document.activeElement ? 0 : -1;
    }
  }
}

function target(event, all) {
  const here = all.indexOf(event.target);
  if (event.key === "Home") return all[0];
  if (event.key === "End") return all.at(-1);
  return event.key in KEYS ? all[(here + KEYS[event.key] + all.length) % all.length] : undefined;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const control = event.target.closest?.("a[role=tab], a[role=radio], a[role=switch]");
  if (!control) return;
  if (event.key === " ") {
    event.preventDefault();
    control.click();
    return;
  }
  const all = members(control);
  const next = target(event, all);
  if (!next) return;
  event.preventDefault();
  for (const member of all) member.tabIndex = member === next ? 0 : -1;
  next.focus();
  clearTimeout(waiting);
  if (next.role === "radio") waiting = setTimeout(() => next.isConnected && next.click(), SETTLE);
});

// A swap replaces the control that was used. htmx gives the focus to the new one of the same id; what stood in a panel
// that is closed now hands it to the panel's button.

let fallback;

document.addEventListener("htmx:beforeSwap", () => {
  fallback = document.activeElement?.closest("[data-focus-after]")?.dataset.focusAfter;
});

document.addEventListener("htmx:afterSwap", () => {
  oneStop(document);
  if (!fallback || document.activeElement !== document.body) return;
  const ids = fallback.split(" "); // the first that is there
  ids.map((id) => document.getElementById(id)).find(Boolean)?.focus();
});
document.addEventListener("htmx:historyRestore", () => oneStop(document));
oneStop(document);
