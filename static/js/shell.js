// The page frame with a script: keys of menus, a drawer that holds the focus, tooltips that Esc hides, the theme switch.
// Without this file everything still opens, closes and leads somewhere.

const narrow = matchMedia("(max-width: 63.9375em)");
const sidebar = document.getElementById("sidebar");

// Menus

function enhanceMenu(menu) {
  const summary = menu.querySelector("summary");
  const panel = menu.querySelector(".menu-panel");
  const items = [...panel.querySelectorAll("a")];
  summary.setAttribute("aria-haspopup", "menu");
  panel.setAttribute("role", "menu");
  for (const item of items) {
    item.parentElement.setAttribute("role", "none");
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
  }
  const focus = (index) => items.at(index % items.length)?.focus();
  menu.addEventListener("keydown", (event) => {
    const here = items.indexOf(document.activeElement);
    const moves = { ArrowDown: here + 1, ArrowUp: here < 0 ? -1 : here - 1, Home: 0, End: -1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    menu.open = true;
    focus(moves[event.key]);
  });
  menu.addEventListener("toggle", () => {
    if (menu.open) (items.find((item) => item.hasAttribute("aria-current")) ?? items[0])?.focus();
  });
}

for (const menu of document.querySelectorAll("[data-menu]")) enhanceMenu(menu);

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

// Esc closes one thing at a time: the open menu, else the tooltip. The drawer's own Esc is the browser's.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const [menu] = openMenus();
  if (menu) {
    event.preventDefault(); // the drawer behind it stays open
    menu.open = false;
    menu.querySelector("summary").focus();
  } else {
    sidebar?.classList.add("tooltips-off");
  }
});
const tooltipsOn = () => sidebar?.classList.remove("tooltips-off");
sidebar?.addEventListener("focusin", tooltipsOn);
sidebar?.addEventListener("mouseover", (event) => {
  if (event.target.closest(".nav-link") && !event.relatedTarget?.closest?.(".nav-link")) tooltipsOn();
});

// The drawer: what lies behind it is out of reach while it is open.

function hold(held) {
  for (const part of document.body.children) if (part !== sidebar) part.inert = held; // the skip link too
}

sidebar?.addEventListener("beforetoggle", (event) => {
  if (event.newState === "closed") hold(false); // the browser gives the focus back before it says "toggle"
});
sidebar?.addEventListener("toggle", (event) => {
  if (event.newState !== "open") return;
  sidebar.querySelector(".sidebar-close").focus(); // the browser gives it back only from inside
  hold(true);
});
narrow.addEventListener("change", () => {
  if (sidebar?.matches(":popover-open")) sidebar.hidePopover();
});

// Theme

function chosenTheme() {
  return document.documentElement.dataset.theme ?? "system";
}

function choose(theme) {
  const root = document.documentElement;
  root.classList.add("theme-changing"); // all at once: a fading background under a new text colour cannot be read
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  requestAnimationFrame(() => requestAnimationFrame(() => root.classList.remove("theme-changing")));
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is closed to us: the choice holds for this page.
  }
  document.dispatchEvent(new CustomEvent("orgdash:theme")); // charts recolour on this
}

for (const group of document.querySelectorAll("[data-theme-switch]")) {
  const buttons = [...group.querySelectorAll("button")];
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosenTheme()));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      choose(button.dataset.themeChoice);
      show();
    });
  }
  show();
  group.hidden = false;
}
