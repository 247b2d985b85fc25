// Copies a line: that which sends the first event, and those of the help pages.

import { toast } from "./toasts.js";

async function copy(element) {
  const detail = element.textContent.includes("sk-org-") ? "Put the secret of an API key in its place." : "";
  try {
    await navigator.clipboard.writeText(element.textContent); // only there over HTTPS and on this machine
    toast("success", "Copied", { detail });
  } catch {
    getSelection().selectAllChildren(element);
    toast("info", "Selected, not copied", { detail: "Copy it with the keyboard: the browser does not let this page." });
  }
}

function show() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const copies = event.target.closest?.("[data-copy]");
  if (copies) copy(document.getElementById(copies.dataset.copy));
}, true);
document.addEventListener("htmx:afterSwap", show);
document.addEventListener("htmx:historyRestore", show);
show();
