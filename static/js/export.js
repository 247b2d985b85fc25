// The CSV is a link that works without this file. With it one is told how it went, and of a failed answer nothing is
// kept: the browser alone would save an error page, or half a file, under the file's name.

import { toast } from "./toasts.js";

const HEAD = 64 * 1024; // of the file, where its number of rows stands
const ABOUT = { about: "export" };

function rows(head) {
  const count = head.match(/^Rows,(\d+)/m)[1];
  return `${count} ${count === "1" ? "row" : "rows"}`;
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Gets what the link leads to, saves it, and says so. */
export async function download(link) {
  const shown = link.dataset.shown;
  toast("info", "Preparing CSV", ABOUT);
  try {
    const answer = await fetch(link.href);
    const name = answer.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
    if (!answer.ok || !name) throw new Error(`answered ${answer.status}`);
    const file = await answer.blob();
    save(file, name);
    toast("success", "Export ready", { ...ABOUT, detail: `${rows(await file.slice(0, HEAD).text())}, ${shown}` });
  } catch {
    toast("error", "Couldn't export the CSV", { ...ABOUT, detail: "Nothing was downloaded." });
  }
}
