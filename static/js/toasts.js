// Short notices in the corner: toast("success", "Export ready", { detail: "11 rows, project by cost" }).
// Errors stay until closed; the rest leave after five seconds, not while someone points at them or stands in them.

const STAYS = 5000;
const MOST = 3;
const SHAPES = {
  success: "M3 8.5l3.2 3.2L13 5",
  info: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 7.3v3.6M8 4.9v.1",
  error: "M8 2.2l6.3 11.1H1.7zM8 6.5v3.2M8 11.6v.1",
  close: "M4 4l8 8M12 4l-8 8",
};

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

function icon(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { class: "icon", viewBox: "0 0 16 16", width: 16, height: 16, fill: "none", stroke: "currentColor", "stroke-width": 1.4, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", SHAPES[shape]);
  svg.append(path);
  return svg;
}

function button(className, run, ...content) {
  const made = element("button", className);
  made.type = "button";
  made.append(...content);
  made.addEventListener("click", run);
  return made;
}

// Whoever stood in a notice that leaves goes back to where they came from.
function leave(notice) {
  const held = notice.contains(document.activeElement);
  notice.remove();
  if (!held) return;
  const from = notice.cameFrom?.isConnected ? notice.cameFrom : document.getElementById("main");
  from?.focus({ preventScroll: true });
}

function leaveLater(notice) {
  let timer;
  const wait = () => {
    clearTimeout(timer);
    if (notice.matches(":hover") || notice.contains(document.activeElement)) return;
    timer = setTimeout(() => leave(notice), STAYS);
  };
  for (const event of ["mouseenter", "focusin"]) notice.addEventListener(event, () => clearTimeout(timer));
  notice.addEventListener("mouseleave", wait);
  notice.addEventListener("focusout", () => setTimeout(wait)); // the next element has the focus only then
  wait();
}

function place() {
  return document.querySelector(".toasts") ?? document.body.appendChild(element("div", "toasts"));
}

function makeRoom(corner) {
  const all = [...corner.children];
  const oldest = all.find((notice) => notice.dataset.kind !== "error") ?? all[0];
  if (all.length >= MOST) leave(oldest);
}

function words(text, detail) {
  const made = element("div", "toast-text");
  made.append(element("strong", "", text));
  if (detail) made.append(element("span", "", detail));
  return made;
}

/**
 * Shows a notice and returns a function that takes it away.
 * `about`: a later notice about the same thing takes the place of this one. `action`: { label, run }.
 */
export function toast(kind, text, { detail, action, about, stays = kind === "error" } = {}) {
  const corner = place();
  const same = about && [...corner.children].find((notice) => notice.dataset.about === about);
  if (same) leave(same);
  else makeRoom(corner);
  const notice = element("div", "toast");
  notice.dataset.kind = kind;
  if (about) notice.dataset.about = about;
  notice.setAttribute("role", kind === "error" ? "alert" : "status");
  notice.addEventListener("focusin", (event) => {
    if (!notice.contains(event.relatedTarget)) notice.cameFrom = event.relatedTarget;
  });
  corner.append(notice); // first empty: a region that is there before its words is read out
  const close = () => leave(notice);
  notice.append(icon(kind), words(text, detail));
  if (action) {
    notice.append(button("button", () => { close(); action.run(); }, action.label));
  }
  const cross = button("toast-close", close, icon("close"));
  cross.setAttribute("aria-label", "Close");
  notice.append(cross);
  if (!stays) leaveLater(notice);
  return close;
}
