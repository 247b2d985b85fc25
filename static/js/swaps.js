// What a person sees while an answer is on its way, and when none comes. Pressed controls move at once and move back on
// failure; old numbers stay, dimmed only when it takes long; one error state stands over them, with a way to try again.

import { hideFailure, showFailure } from "./failure.js";
import { toast } from "./toasts.js";

const SHOWN_AFTER = 150; // ms: what is faster than that shows nothing
const REQUEST_ID = "X-Request-ID";
const RESTORABLE = "hx-history-elt"; // what only a page that Back can restore has in it

let running; // the newest request for the dashboard; there is at most one
let restoring; // the newest request of Back or Forward
let quietly = false;
let slow; // the timer that dims

const dashboard = () => document.getElementById("dashboard");

/** Asks for `path` and swaps it in. `quiet`: nobody asked for it, so nothing is dimmed, pushed or said. */
export function load(path, { quiet = false, push = !quiet } = {}) {
  quietly = quiet;
  const answer = htmx.ajax("GET", path, { source: dashboard(), swap: "none", push: String(push) });
  quietly = false;
  return answer.catch(() => {}); // said already, by the end of the request
}

export const busy = () => Boolean(running || restoring);

// Waiting

function progress() {
  const main = document.getElementById("main");
  let line = main.querySelector(":scope > .progress");
  if (!line) {
    line = document.createElement("div");
    line.className = "progress";
    main.prepend(line);
  }
  return line;
}

function dim() {
  dashboard().classList.add("waiting");
  dashboard().setAttribute("aria-busy", "true");
  progress().hidden = false;
}

function dimIfSlow() {
  slow ??= setTimeout(dim, SHOWN_AFTER);
}

function rest() {
  clearTimeout(slow);
  slow = undefined;
  dashboard().classList.remove("waiting");
  dashboard().removeAttribute("aria-busy");
  progress().hidden = true;
}

// Pressed controls. Returns how to take it back.

function press(control) {
  const before = [];
  const set = (element, name, value) => {
    before.push([element, name, element.getAttribute(name)]);
    element.setAttribute(name, value);
  };
  const role = control.getAttribute("role");
  const group = control.closest("[role=tablist], [role=radiogroup]");
  if (group) {
    const name = role === "tab" ? "aria-selected" : "aria-checked";
    for (const member of group.querySelectorAll(`[${name}]`)) set(member, name, String(member === control));
  } else if (role === "switch") {
    set(control, "aria-checked", String(control.getAttribute("aria-checked") !== "true"));
  }
  return () => {
    for (const [element, name, value] of before) element.setAttribute(name, value);
    for (const radio of dashboard().querySelectorAll("input[type=radio]")) radio.checked = radio.defaultChecked;
  };
}

// The keyboard's place: the control of the same id, else the nearest part around it that is still there.

let place = [];

function rememberPlace() {
  const held = document.activeElement;
  place = [];
  if (!held || held === document.body) return;
  for (let at = held; at; at = at.parentElement) if (at.id) place.push(at.id);
}

function keepPlace() {
  if (!place.length || document.activeElement !== document.body) return;
  for (const id of place) {
    const element = document.getElementById(id);
    element?.focus({ preventScroll: true });
    if (document.activeElement !== document.body) return;
    element?.setAttribute("tabindex", "-1");
    element?.focus({ preventScroll: true });
    if (document.activeElement !== document.body) return;
  }
}

document.addEventListener("htmx:beforeSwap", rememberPlace);

// htmx takes leave of every old element by two events, which would be half of the time of a swap. Nothing within these
// parts waits for them, and what listens stands in the parts themselves and goes with them.
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => detail.target.replaceChildren());

// One request, from its start to its end

function why(request) {
  if (request.timedOut) return "The query took longer than 10 seconds. Your dates and filters are kept.";
  const said = new DOMParser().parseFromString(request.xhr.responseText, "text/html").querySelector(".failure .reason");
  if (said) return said.textContent;
  const what = request.xhr.status ? "The server answered with an error." : "The server could not be reached.";
  return `${what} Your dates and filters are kept.`;
}

/** The one message about it; the numbers that stand are the ones to look at. Returns a function that takes it away. */
export function sayOffline() {
  const { shown } = document.getElementById("freshness").dataset;
  return toast("info", "You're offline.", { detail: `Showing usage from ${shown}.`, about: "network", stays: true });
}

function fail(request) {
  request.undo();
  document.dispatchEvent(new CustomEvent("orgdash:failed", { detail: { quiet: request.quiet } }));
  if (request.quiet) return;
  if (!navigator.onLine) {
    sayOffline();
    return;
  }
  showFailure({
    reason: why(request),
    // What nobody answered may never have come to the server: an id would lead nowhere.
    id: request.xhr.getResponseHeader(REQUEST_ID) ?? (request.timedOut ? request.id : ""),
    again: () => load(request.path, { push: request.push }),
  });
}

function succeed() {
  hideFailure();
  keepPlace();
  document.dispatchEvent(new CustomEvent("orgdash:loaded"));
}

function end(request) {
  if (running === request) running = undefined;
  if (request.aborted) {
    request.undo();
    setTimeout(() => busy() || rest()); // a newer request goes on waiting where this one stopped
    return;
  }
  if (request.xhr.getResponseHeader("HX-Redirect")) return; // another page is coming
  rest();
  if (request.xhr.status === 404) location.assign(request.path); // whatever it is now, its own page says it
  else if (request.xhr.status >= 200 && request.xhr.status < 300) succeed();
  else fail(request);
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// With DEBUG, django-htmx's script would put the error page in place of everything. An error has a state of its own here.
window.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status >= 400) event.stopImmediatePropagation();
}, true);

// An id of our own, so that a request whose answer never came can be found in the log as well.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers[REQUEST_ID] = newId();
});

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.target !== dashboard()) return;
  const { xhr } = detail;
  const request = {
    xhr,
    path: detail.pathInfo.finalRequestPath,
    push: detail.etc.push !== "false",
    id: detail.requestConfig.headers[REQUEST_ID],
    quiet: quietly,
    undo: quietly ? () => {} : press(detail.elt),
  };
  running = request;
  if (!request.quiet) dimIfSlow();
  xhr.addEventListener("timeout", () => (request.timedOut = true));
  xhr.addEventListener("abort", () => (request.aborted = true));
  xhr.addEventListener("loadend", () => end(request)); // last, and also for a control that is gone by then
});

// A request given up for a newer one is no error; htmx would write two of them into the console.
document.addEventListener("htmx:abort", () => {
  const xhr = running?.xhr;
  if (!xhr) return;
  const { onabort } = xhr;
  xhr.onabort = (event) => {
    const { error } = console;
    console.error = () => {};
    try {
      onabort.call(xhr, event);
    } finally {
      console.error = error;
    }
  };
}, true);

// Back and Forward: the newest wins here too, an error leaves what stands, and an answer that is no page of numbers (sign
// in, no access) is loaded by the browser as the page that it is.

window.addEventListener("popstate", () => htmx.trigger(dashboard(), "htmx:abort"));

document.addEventListener("htmx:historyCacheMiss", ({ detail: { xhr } }) => {
  const restore = xhr.onload;
  const request = { xhr, path: location.pathname + location.search, push: false, id: newId(), undo: () => {} };
  restoring?.abort();
  restoring = xhr;
  xhr.timeout = htmx.config.timeout;
  xhr.setRequestHeader(REQUEST_ID, request.id);
  dimIfSlow();
  xhr.onload = () => {
    if (xhr.status >= 500) return;
    if (xhr.responseText.includes(RESTORABLE)) {
      rememberPlace();
      restore.call(xhr);
    } else {
      location.reload();
    }
  };
  xhr.addEventListener("timeout", () => (request.timedOut = true));
  xhr.addEventListener("loadend", () => {
    if (restoring !== xhr) return; // given up for a newer one
    restoring = undefined;
    rest();
    if (xhr.status >= 500 || !xhr.status) fail(request);
    else succeed();
  });
});
