// Dialogs that hang under a button, and on phones come from the bottom edge. The browser traps the focus, closes on Esc
// and gives the focus back to where it was; a click beside the dialog closes it too.

const GAP = 10;
const MARGIN = 16;
const WIDE = matchMedia("(min-width: 64em)");

function place(dialog, button) {
  const box = button.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  // On wide screens some end where what they stand in ends.
  const fromRight = WIDE.matches && dialog.classList.contains("from-right");
  const wanted = fromRight ? dialog.parentElement.getBoundingClientRect().right - dialog.offsetWidth : box.left;
  const left = Math.max(MARGIN, Math.min(wanted, room - MARGIN - dialog.offsetWidth));
  dialog.style.setProperty("--top", `${box.bottom + window.scrollY + GAP}px`);
  dialog.style.setProperty("--left", `${left}px`);
}

export function openSheet(dialog, button) {
  const follow = () => place(dialog, button);
  const beside = (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  };
  dialog.showModal();
  follow();
  button.setAttribute("aria-expanded", "true");
  addEventListener("resize", follow);
  dialog.addEventListener("pointerdown", beside);
  dialog.addEventListener(
    "close",
    () => {
      removeEventListener("resize", follow);
      dialog.removeEventListener("pointerdown", beside);
      button.setAttribute("aria-expanded", "false");
      button.focus({ preventScroll: true });
    },
    { once: true },
  );
}
