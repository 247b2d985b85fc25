// A button in each password field that shows what was typed. It comes with the script, so nothing is dead without it.

for (const button of document.querySelectorAll("[data-show-password]")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  // The browser must never offer to remember it as ordinary text.
  input.form.addEventListener("submit", () => {
    input.type = "password";
  });
}
