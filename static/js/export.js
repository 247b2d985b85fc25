// The CSV is a link that works without this file. With it one is told how it went, and of a failed answer nothing is
// kept: the browser alone would save an error page, or half a file, under the file's name.

import { toast } from "./toasts.js";

const HEAD = 64 * 1024; // of the file, where its number of rows stands
const ABOUT = { about: "export" };

// The report says how many groups it has; a flat file has one line a row under its head.
function rows(head, text) {
  const said = head.match(/^\uFEFF?Organization,[\s\S]*?^Rows,(\d+)/m)?.[1];
  const count = said ?? text.trimEnd().split("\r\n").length - 1;
  return `${count} ${Number(count) === 1 ? "row" : "rows"}`;
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link.href); // only there over HTTPS and on this machine
    toast("success", "Link copied", { detail: link.textContent });
  } catch {
    toast("info", "The browser does not let this page copy", { detail: link.href });
  }
}

/** Saves what the link leads to, or copies the link itself, and says so. */
export const take = (link) => (link.dataset.export ? download(link) : copy(link));

async function download(link) {
  const shown = link.dataset.export;
  toast("info", "Preparing CSV", ABOUT);
  try {
    const answer = await fetch(link.href);
    const name = answer.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
    if (!answer.ok || !name) throw new Error(`answered ${answer.status}`);
    const file = await answer.blob();
    save(file, name);
    toast("success", "Export ready", { ...ABOUT, detail: `${rows(await file.slice(0, HEAD).text(), await file.text())}, ${shown}` });
  } catch {
    toast("error", "Couldn't export the CSV", { ...ABOUT, detail: "Nothing was downloaded." });
  }
}
