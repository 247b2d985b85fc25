// The calendar of the date picker: cally's, with what it leaves out. Days are buttons in tables; each day's name gets its
// year, the tables the roles of a grid, start and end are told as selected, and a month's heading says its year.

import { addMonths, fullText } from "./days.js";

const TWO_MONTHS = matchMedia("(min-width: 53.75em)");

export async function loadCalendar(address) {
  try {
    await import(address);
    return true;
  } catch {
    return false; // typing dates still works
  }
}

// The day on which weeks begin here, 0 for Sunday; Monday where the browser does not tell.
function firstDayOfWeek() {
  const locale = new Intl.Locale(navigator.language);
  const week = locale.getWeekInfo?.() ?? locale.weekInfo;
  return week ? week.firstDay % 7 : 1;
}

function complete(month) {
  const root = month.shadowRoot;
  root.querySelector("table")?.setAttribute("role", "grid");
  for (const cell of root.querySelectorAll("td")) {
    const part = cell.firstElementChild?.getAttribute("part") ?? "";
    const day = /iso-(\S+)/.exec(part)?.[1];
    const label = day && fullText(day);
    if (label && cell.firstElementChild.getAttribute("aria-label") !== label) {
      cell.firstElementChild.setAttribute("aria-label", label);
      month.style.setProperty("--year", `" ${day.slice(0, 4)}"`);
    }
    cell.setAttribute("role", "gridcell");
    if (/range-(start|end)/.test(part)) cell.setAttribute("aria-selected", "true");
    else cell.removeAttribute("aria-selected");
  }
}

function watch(month) {
  complete(month);
  const watcher = new MutationObserver(() => complete(month));
  watcher.observe(month.shadowRoot, { subtree: true, childList: true, attributeFilter: ["part", "aria-label"] });
}

// A calendar that shows [first, last] with the end's month on the right; `chosen(first, last)` is told of every choice,
// of a start alone too, whose `last` is undefined.
export async function makeCalendar(template, { first, last, today, earliest }, chosen) {
  const calendar = document.importNode(template.content, true).firstElementChild;
  const months = TWO_MONTHS.matches ? 2 : 1;
  for (let offset = 1; offset < months; offset += 1) {
    const month = document.createElement("calendar-month");
    month.setAttribute("offset", offset);
    calendar.append(month);
  }
  calendar.dataset.weekStart = firstDayOfWeek();
  Object.assign(calendar, { months, firstDayOfWeek: firstDayOfWeek(), min: earliest, max: today, today });
  calendar.getDayParts = (date) => `iso-${date.toISOString().slice(0, 10)}`;
  calendar.addEventListener("rangestart", ({ detail }) => chosen(detail.toISOString().slice(0, 10)));
  calendar.addEventListener("change", () => chosen(...calendar.value.split("/")));
  calendar.focusedDate = addMonths(last, 1 - months);
  template.parentElement.querySelector(".calendar").replaceChildren(calendar);
  // The months hear of changes only once they have found their calendar, a moment after they were drawn.
  const drawn = [calendar, ...calendar.querySelectorAll("calendar-month")];
  for (const element of drawn) await element.updated;
  await new Promise(requestAnimationFrame);
  for (const month of drawn.slice(1)) watch(month);
  await showDays(calendar, first, last);
  return calendar;
}

export async function showDays(calendar, first, last) {
  calendar.tentative = "";
  calendar.value = `${first}/${last}`;
  if (calendar.months > 1) {
    calendar.focusedDate = addMonths(last, -1);
    await calendar.updated;
  }
  // biome-ignore lint/complexity/useMathMinMax: days are texts (2026-11-22); Math.min would make NaN of them
  calendar.focusedDate = last > calendar.max ? calendar.max : last;
  await calendar.updated;
}
