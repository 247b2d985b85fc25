// The date picker. Nothing loads until Apply, which sends the form as a link would; Cancel and Esc leave all as it was.
// The dialog is part of what a swap replaces, so each answer brings a fresh one.

import { loadCalendar, makeCalendar, showDays } from "./calendar.js";
import { addDays, comparedDays, countDays, daysText, dayText, readDay, todayIn } from "./days.js";
import { openSheet } from "./sheet.js";
import { enhanceZones } from "./zones.js";

const WAIT = 400; // ms that opening waits for the calendar's file

let shown; // the picker that was opened last: its elements, its data and what is chosen in it

function parts(dialog) {
  const find = (name) => dialog.querySelector(`#picker-${name}`);
  const names = ["form", "start", "end", "today", "template", "zone", "zones", "length", "compare", "said"];
  return { dialog, data: JSON.parse(find("data").textContent), compareDay: find("compare-day"), ...Object.fromEntries(names.map((name) => [name, find(name)])) };
}

const preset = (p) => p.form.elements.range.value;
const today = (p) => todayIn(p.chosenZone, new Date(p.data.now));

function choose(p, value) {
  for (const radio of p.form.elements.range) radio.checked = radio.value === value;
}

// What is chosen, in words: the length aloud, length and comparison in the footer.

function tell(p) {
  const { first, last } = p;
  if (!first || !last || last < first) {
    p.length.textContent = "";
    return;
  }
  const unchosen = p.compare.value === p.usual;
  p.usual = usual(p);
  if (unchosen) p.compare.value = p.usual; // what was not chosen follows the dates
  const count = countDays(first, last);
  const days = count === 1 ? "1 day" : `${count} days`;
  p.length.textContent = `${preset(p) === "24h" ? "24 hours" : days},`;
  p.said.textContent = p.half ? `Start ${dayText(first)}. Choose an end.` : `${days} selected`;
  for (const option of p.compare.options) {
    const days = meant(p, option.value);
    if (option.dataset.name) option.text = days ? `${option.dataset.name}: ${daysText(...days, Number(last.slice(0, 4)))}` : `${option.dataset.name}…`;
  }
}

// The days that a choice of the list stands for; none of a day that is not given yet.
function meant(p, comparison) {
  const { first, last } = p;
  const period = p.data.presets[today(p)]?.[preset(p)]?.slice(2) ?? []; // of a calendar period, the one before
  if (comparison === "previous" && period.length) return period;
  if (comparison === "day" && !p.compareDay.value) return undefined;
  // 24 hours lie on two days; the 24 hours before them on the two that begin a day earlier, or a week.
  const back = preset(p) === "24h" && { previous: -1, weekday: -7 }[comparison];
  return back ? [addDays(first, back), addDays(last, back)] : comparedDays(first, last, today(p), comparison, p.compareDay.value);
}

// What the page compares with if its address does not say.
function usual(p) {
  const count = countDays(p.first, p.last);
  const period = p.data.presets[today(p)]?.[preset(p)]?.length > 2;
  return count > 7 && count <= 92 && !period ? "weekday" : "previous";
}

function chooseComparison(p) {
  p.compareDay.hidden = p.compare.value !== "day";
  tell(p);
}

function write(p) {
  p.start.value = dayText(p.first);
  p.end.value = dayText(p.last);
  p.today.hidden = p.last !== today(p);
}

async function setDays(p, first, last) {
  Object.assign(p, { first, last, half: false });
  write(p);
  complain(p, []);
  tell(p);
  if (p.calendar) await showDays(p.calendar, first, last);
}

function fillPreset(p) {
  const days = p.data.presets[today(p)]?.[preset(p)];
  if (days) setDays(p, ...days);
}

// Errors

function mistakes(p) {
  const [first, last] = [readDay(p.start.value), readDay(p.end.value)];
  const found = [];
  for (const [input, day] of [[p.start, first], [p.end, last]]) {
    if (!day) found.push([input, "Enter a date such as Oct 24, 2026."]);
    else if (day < p.data.earliest || day > p.data.latest) found.push([input, "Choose a day from 2000 to 2100."]);
  }
  if (!found.length && last < first) found.push([p.end, "End is before start. Choose a later end."]);
  else if (!found.length && countDays(first, last) > p.data.maxDays) found.push([p.end, `Choose at most ${p.data.maxDays} days.`]);
  if (!p.compareDay.hidden && !p.compareDay.value) found.push([p.compareDay, ""]);
  if (!p.zones.value) found.push([p.zone, "Choose a timezone from the list."]);
  return found;
}

function complain(p, found) {
  for (const input of [p.start, p.end, p.zone]) {
    const message = found.find(([where]) => where === input)?.[1] ?? "";
    p.dialog.querySelector(`#${input.id}-error`).textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}

// Opening

async function prepare(p) {
  const { dialog, form } = p;
  p.zones = enhanceZones(p.zone, p.zones, {
    address: dialog.dataset.zones,
    reporting: p.data.reportingZone,
    chosen: (name) => changeZone(p, name),
  });
  for (const radio of form.elements.range) radio.addEventListener("change", () => (preset(p) ? fillPreset(p) : p.start.focus()));
  for (const input of [p.start, p.end]) {
    input.addEventListener("input", () => typed(p));
    input.addEventListener("change", () => {
      const day = readDay(input.value);
      if (day) input.value = dayText(day);
    });
  }
  for (const input of [p.compare, p.compareDay]) input.addEventListener("change", () => chooseComparison(p));
  dialog.querySelector("[data-picker-cancel]").addEventListener("click", () => dialog.close());
}

function typed(p) {
  choose(p, "");
  const [first, last] = [readDay(p.start.value), readDay(p.end.value)];
  p.today.hidden = last !== today(p);
  Object.assign(p, { first, last, half: false });
  tell(p);
  if (p.dialog.querySelector("[aria-invalid]")) complain(p, mistakes(p));
  if (p.calendar && first && last && first <= last) showDays(p.calendar, first, last);
}

function picked(p, first, last) {
  choose(p, "");
  Object.assign(p, { first, last: last ?? first, half: !last });
  write(p);
  complain(p, []);
  tell(p);
}

// Days stay days when the zone changes; presets are named after today, which may be another day there.
function changeZone(p, name) {
  p.chosenZone = name;
  if (p.calendar) Object.assign(p.calendar, { max: today(p), today: today(p) });
  if (preset(p)) fillPreset(p);
  else typed(p);
}

async function reset(p) {
  const { data, form } = p;
  for (const element of form.elements) element.disabled = false;
  p.chosenZone = data.zone;
  p.zones.set(data.zone);
  choose(p, data.preset);
  p.usual = undefined;
  p.compare.value = data.compare;
  p.compareDay.value = data.compareDay;
  p.compareDay.hidden = data.compare !== "day";
  p.calendar = undefined;
  await setDays(p, data.from, data.to);
}

export async function openPicker(button) {
  if (!button.isConnected) return;
  const dialog = document.getElementById("picker");
  if (dialog.open) return;
  const wait = new Promise((done) => setTimeout(done, WAIT));
  const loaded = await Promise.race([loadCalendar(dialog.dataset.calendar), wait]);
  if (!dialog.isConnected || dialog.open) return;
  if (shown?.dialog !== dialog) {
    shown = parts(dialog);
    prepare(shown);
  }
  await reset(shown);
  if (loaded) {
    const days = { first: shown.first, last: shown.last, today: today(shown), earliest: shown.data.earliest };
    shown.calendar = await makeCalendar(shown.template, days, (first, last) => picked(shown, first, last));
  }
  openSheet(dialog, button);
  dialog.querySelector(".preset :checked").scrollIntoView({ block: "nearest", inline: "center" });
  if (loaded) shown.calendar.focus();
  else shown.start.focus();
}

// Applying

function apply(event) {
  const p = shown;
  const found = mistakes(p);
  complain(p, found);
  if (found.length) {
    event.preventDefault();
    event.stopPropagation(); // htmx sends nothing
    found[0][0].focus();
    found[0][0].reportValidity(); // the browser's words where we have none
    return;
  }
  const { elements } = p.form;
  const value = preset(p);
  const off = (name, when) => {
    elements[name].disabled = when;
  };
  for (const radio of elements.range) radio.disabled = !value;
  elements.from.value = readDay(p.start.value);
  elements.to.value = readDay(p.end.value);
  elements.timezone.value = p.zones.value;
  off("from", Boolean(value));
  off("to", Boolean(value));
  off("timezone", p.zones.value === p.data.reportingZone);
  elements.compare.value = p.compareDay.hidden ? p.compare.value : p.compareDay.value;
  off("compare", p.compare.value === usual(p)); // what the page shows anyway stays out of its address
  p.dialog.close();
}

document.addEventListener("submit", (event) => event.target.id === "picker-form" && apply(event), true);
