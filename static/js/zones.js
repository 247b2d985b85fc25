// The timezone field: a combobox that searches all names (the list is asked for once, when first needed).

const SHOWN = 100;

let names; // a promise of all of them

function load(address) {
  names ??= fetch(address)
    .then((answer) => (answer.ok ? answer.json() : []))
    .catch(() => {
      names = undefined; // asked for again the next time
      return [];
    });
  return names;
}

export const zoneText = (zone) => zone.replaceAll("_", " ");

function longName(zone) {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longGeneric" });
    return format.formatToParts().find(({ type }) => type === "timeZoneName").value;
  } catch {
    return "";
  }
}

function hints(reporting) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return new Map([[reporting, "Organization default"], ["UTC", longName("UTC")], [here, "Your timezone"]]);
}

// How likely it is meant: its city begins with what is typed, a part of its name does, or it only stands somewhere in it.
function distance(name, words) {
  if (!words.length || zoneText(name.split("/").at(-1)).toLowerCase().startsWith(words.join(" "))) return 0;
  return name.toLowerCase().split(/[/_]/).some((part) => part.startsWith(words[0])) ? 1 : 2;
}

// The likely first; among them yours, then UTC, then the organization's, then all by name. Every word typed has to be
// somewhere in the name.
function matching(all, hint, typed) {
  const words = typed.toLowerCase().split(/[\s_]+/).filter(Boolean);
  const first = [...hint.keys()].reverse().filter((name) => all.includes(name));
  const ordered = [...first, ...all.filter((name) => !hint.has(name))];
  const found = ordered.filter((name) => words.every((word) => zoneText(name).toLowerCase().includes(word) || (hint.get(name) ?? "").toLowerCase().includes(word)));
  return found.sort((one, other) => distance(one, words) - distance(other, words)); // sorting is stable
}

function option(name, index, chosen, hint) {
  const item = document.createElement("li");
  item.id = `picker-zone-${index}`;
  item.role = "option";
  item.dataset.zone = name;
  item.setAttribute("aria-selected", String(name === chosen));
  const label = document.createElement("span");
  label.textContent = zoneText(name);
  const about = document.createElement("span");
  about.className = "zone-hint";
  about.textContent = hint ?? longName(name);
  item.append(label, about);
  return item;
}

export function enhanceZones(input, list, { address, reporting, chosen }) {
  let zone = "";
  let active = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];

  const mark = (index) => {
    const all = options();
    all[active]?.classList.remove("active");
    active = all.length ? (index + all.length) % all.length : -1;
    all[active]?.classList.add("active");
    all[active]?.scrollIntoView({ block: "nearest" });
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", all[active].id);
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const open = async (typed) => {
    const all = await load(address);
    if (document.activeElement !== input) return;
    const hint = hints(reporting);
    const found = matching(all, hint, typed);
    list.replaceChildren(...found.slice(0, SHOWN).map((name, index) => option(name, index, zone, hint.get(name))));
    if (found.length > SHOWN || !found.length) {
      const more = document.createElement("li");
      more.className = "zone-more";
      more.role = "presentation";
      more.textContent = found.length ? `${found.length - SHOWN} more. Type to narrow the list.` : "No timezone matches";
      list.append(more);
    }
    list.hidden = false;
    active = -1;
    input.setAttribute("aria-expanded", "true");
    if (typed) mark(0);
  };
  const take = (name) => {
    zone = name;
    input.value = zoneText(name);
    close();
    chosen(name);
  };

  input.addEventListener("focus", () => {
    input.select();
    load(address);
  });
  input.addEventListener("click", () => (list.hidden ? open("") : close()));
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (list.hidden) open("").then(() => mark(step > 0 ? 0 : -1));
      else mark(active < 0 && step < 0 ? -1 : active + step);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      const picked = options()[active];
      if (picked) take(picked.dataset.zone);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // the dialog stays open
      close();
    } else if (event.key === "Tab") {
      close();
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener("click", (event) => {
    const picked = event.target.closest("[role=option]");
    if (picked) take(picked.dataset.zone);
  });
  // A name typed in full counts as chosen.
  input.addEventListener("blur", async () => {
    close();
    const typed = input.value.trim().toLowerCase();
    if (typed === zoneText(zone).toLowerCase()) return;
    const exact = (await load(address)).find((name) => zoneText(name).toLowerCase() === zoneText(typed));
    if (exact) take(exact);
  });

  return {
    set(name) {
      zone = name;
      input.value = zoneText(name);
      close();
    },
    get value() {
      return input.value.trim().toLowerCase() === zoneText(zone).toLowerCase() ? zone : undefined;
    },
  };
}
