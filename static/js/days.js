// Calendar days as ISO texts ("2026-11-22"), which compare as texts; how people write them, and how they are counted.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAY = 24 * 3600 * 1000;

const number = (day) => Date.parse(`${day}T00:00Z`) / DAY;
const text = (count) => new Date(count * DAY).toISOString().slice(0, 10);

function iso(year, month, day) {
  const written = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  const counted = number(written);
  return !Number.isNaN(counted) && text(counted) === written ? written : undefined; // there is no February 30
}

// "2026-10-24" or "Oct 24, 2026" (or "October 24 2026"); undefined for anything else.
export function readDay(typed) {
  const digits = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typed.trim());
  if (digits) return iso(...digits.slice(1));
  const words = /^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i.exec(typed.trim().replace(/\s+/g, " "));
  if (!words) return undefined;
  const name = words[1].toLowerCase();
  const month = NAMES.findIndex((full, index) => name === full.toLowerCase() || name === MONTHS[index].toLowerCase());
  return month < 0 ? undefined : iso(words[3], month + 1, Number(words[2]));
}

const parts = (day) => day.split("-").map(Number);

export function dayText(day) {
  const [year, month, date] = parts(day);
  return `${MONTHS[month - 1]} ${date}, ${year}`;
}

export function fullText(day) {
  const [year, month, date] = parts(day);
  return `${NAMES[month - 1]} ${date}, ${year}`;
}

// As the server writes windows, without the year where it is `year`.
export function daysText(first, last, year) {
  const [from, to] = [parts(first), parts(last)];
  const short = ([, month, date]) => `${MONTHS[month - 1]} ${date}`;
  const end = to[0] === year ? short(to) : dayText(last);
  if (first === last) return end;
  if (from[0] !== to[0]) return `${dayText(first)} – ${dayText(last)}`;
  return `${short(from)} – ${from[1] === to[1] ? end.replace(/^\w+ /, "") : end}`;
}

export const addDays = (day, count) => text(number(day) + count);
export const countDays = (first, last) => number(last) - number(first) + 1;
export const addMonths = (day, count) => {
  const [year, month] = parts(day);
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10);
};

function yearBefore(day) {
  const [year, month, date] = parts(day);
  return iso(year - 1, month, date) ?? iso(year - 1, 2, 28);
}

// The days compared with. Days still to come are left out when today is among them. `from`: of a day of one's own.
export function comparedDays(first, last, today, comparison, from) {
  const end = first <= today && today <= last ? today : last;
  const count = countDays(first, end);
  if (comparison === "year") return [yearBefore(first), yearBefore(end)];
  if (comparison === "day") return [from, addDays(from, count - 1)];
  const back = comparison === "weekday" ? 7 * Math.ceil(count / 7) : count;
  return [addDays(first, -back), addDays(end, -back)];
}

// What day it is at an instant in a zone; in one that this browser does not know, as in UTC.
export function todayIn(zone, instant) {
  const format = (timeZone) => new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "numeric", day: "numeric" });
  let found;
  try {
    found = format(zone);
  } catch {
    found = format("UTC");
  }
  const read = Object.fromEntries(found.formatToParts(instant).map(({ type, value }) => [type, value]));
  return iso(read.year, read.month, read.day);
}
