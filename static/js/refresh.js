// Today's numbers every minute, in place: while the page is seen, its range includes now and nothing is open or held.
// What cannot be refreshed says so: offline, failing, or simply older by now.

import { busy, load, sayOffline } from "./swaps.js";
import { toast } from "./toasts.js";

const EVERY = 60_000;
const SOON = 5_000; // after a refresh that would have been in somebody's way
const DELAYED = 15; // minutes
const OPEN = "details[open], dialog[open], [role=dialog]:not([hidden]), [aria-expanded=true], :popover-open, #over-time:hover";

let failing = false;
let closeToast = () => {};
let shownAt = performance.now();
let next;

const freshness = () => document.getElementById("freshness");
const dashboard = () => document.getElementById("dashboard");

// Whoever marks a text or stands on something that cannot be found again would be disturbed.
function held() {
  const selection = getSelection();
  const marking = selection && !selection.isCollapsed && dashboard().contains(selection.anchorNode);
  const active = document.activeElement;
  return marking || (dashboard().contains(active) && !active.id);
}

// Something of the page that is open: a picker, a menu, a tooltip of the chart.
function open() {
  return Boolean(dashboard().querySelector(OPEN) || document.querySelector("[data-tooltip-open]"));
}

function due() {
  return performance.now() - shownAt >= EVERY;
}

function refreshes() {
  return "live" in freshness().dataset && navigator.onLine && !failing && document.visibilityState === "visible";
}

function plan(wait) {
  clearTimeout(next);
  next = setTimeout(tick, wait);
}

function tick() {
  age();
  if (!refreshes() || !due()) return plan(EVERY);
  if (busy() || open() || held()) return plan(SOON);
  load(location.pathname + location.search, { quiet: true });
  return plan(EVERY);
}

// As the server writes it (formatting.ago), for as long as no new answer comes.
function ago(minutes) {
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}

function age() {
  const time = freshness().querySelector("time");
  if (!time) return;
  const now = Date.parse(freshness().dataset.now) + performance.now() - shownAt;
  const minutes = Math.floor((now - Date.parse(time.dateTime)) / 60_000);
  const text = ago(minutes);
  if (time.textContent !== text) time.textContent = text;
  if (minutes > DELAYED && freshness().dataset.state !== "delayed") {
    freshness().dataset.state = "delayed";
    time.after("; new events are delayed");
  }
}

function stale(words) {
  freshness().dataset.state = "delayed";
  const line = freshness().querySelector("[data-words]");
  line.textContent = words;
}

document.addEventListener("orgdash:loaded", () => {
  shownAt = performance.now();
  failing = false;
  plan(EVERY);
});

document.addEventListener("orgdash:failed", ({ detail }) => {
  failing = true;
  if (detail?.quiet && navigator.onLine) stale(`Couldn't refresh. Showing usage from ${freshness().dataset.shown}`);
});

window.addEventListener("offline", () => {
  stale(`Offline. Showing usage from ${freshness().dataset.shown}`);
  closeToast();
  closeToast = sayOffline();
});

window.addEventListener("online", () => {
  closeToast();
  toast("success", "You're back online.", { about: "network" });
  failing = false;
  load(location.pathname + location.search, { quiet: true });
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") tick();
});

plan(EVERY);
