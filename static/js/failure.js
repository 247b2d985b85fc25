// One error state over the numbers that stand: what failed, why, try again, the request id; and a notice in the corner.

import { toast } from "./toasts.js";

let failures = 0;
let closeToast = () => {};

function find() {
  return document.getElementById("failure");
}

function build() {
  const made = document.getElementById("failure-template").content.firstElementChild.cloneNode(true);
  made.id = "failure";
  document.getElementById("views").append(made);
  return made;
}

/** After the second failure in a row it also offers a smaller question. */
export function showFailure({ reason, id, again }) {
  failures += 1;
  const shown = find() ?? build();
  const part = (name) => shown.querySelector(`[data-failure=${name}]`);
  part("reason").textContent = reason;
  part("id").textContent = id ? `Request ${id}` : "";
  part("again").onclick = again;
  part("narrow").hidden = failures < 2;
  part("narrow").onclick = () => document.getElementById("range")?.click();
  part("close").onclick = hideFailure;
  closeToast();
  closeToast = toast("error", "Couldn't load usage", {
    detail: "The numbers on the page are the old ones.",
    about: "swap",
    action: { label: "Try again", run: again },
  });
}

export function hideFailure() {
  failures = 0;
  closeToast();
  const shown = find();
  const held = shown?.contains(document.activeElement);
  shown?.remove();
  if (held) document.getElementById("views").focus({ preventScroll: true });
}
