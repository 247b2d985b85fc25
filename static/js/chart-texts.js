// What the chart says of its buckets stands in its table, once: the texts are read from there. A table of very many rows
// comes when somebody points at the chart, and so do the shares of a long one.

import { load } from "./swaps.js";

const TABLE = "time-table";
const WAITING = "…";

const rows = () => [...document.querySelectorAll(`#${TABLE} tbody tr`)];
const texts = (column) => rows().map((row) => row.cells[column].textContent);

function fill(data) {
  if (!data.titles) data.titles = rows().map((row) => row.cells[0].firstChild.textContent);
  const there = rows().length === data.titles.length;
  const missing = (text) => data.titles.map(() => text);
  data.series.forEach((series, index) => {
    series.texts = there ? texts(index + 1) : missing(WAITING);
    series.shares = there ? rows().map((row) => row.cells[index + 1].dataset.share ?? "") : missing("");
  });
  data.totals = there ? texts(data.series.length + 1) : missing(WAITING);
  return there;
}

/** Gives series and totals their texts. Returns whether they are all there. */
export const read = fill;

let asked; // the address of the table that is on its way

/** Brings the rows that are not there yet, and calls `done` when the texts are. */
export async function bring(data, done) {
  const table = document.getElementById(TABLE);
  const path = table.dataset.whole;
  if (asked === path || (rows().length === data.titles.length && !("later" in table.dataset))) return;
  asked = path;
  try {
    const answer = await fetch(path, { headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(`#${TABLE} > table`);
    if (!table.isConnected || !found) return;
    table.replaceChildren(document.adoptNode(found));
    delete table.dataset.later;
    if (fill(data)) done();
  } catch {
    asked = undefined; // the next one who points asks again
  }
}

/** The link of a bucket's row, which opens it one step finer; none for an hour. */
export const link = (index) => rows()[index]?.querySelector("a") ?? null;

// Swapped in like every other change of the view; the rows' links are too many to say so one by one.
document.addEventListener("click", (event) => {
  const followed = event.target.closest?.(`#${TABLE} tbody a`);
  if (!followed || event.button || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load(location.pathname + followed.search);
});
