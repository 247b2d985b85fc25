/* What axe says about the page as it stands; of the rules of colours only about looks that are not `known`.

A look is what contrast is made of: the colour, size and weight of a text and whatever is painted behind it. Two elements
stand for all that have it. All rules are about all of the page, or about its `parts`: what a selector finds, and what is
in it. Returns the violations as sentences, and the looks that were asked about. */
async ({ all, parts, known }) => {
  const OF_COLOURS = { "color-contrast": "", "link-in-text-block": "a[href]" }; // and which elements each is about
  const LEAN = { resultTypes: ["violations"], selectors: false };

  const painted = new Map();
  const behind = (one) => {
    if (!one) return "";
    if (!painted.has(one)) {
      const { backgroundColor, backgroundImage } = getComputedStyle(one);
      const nothing = backgroundColor === "rgba(0, 0, 0, 0)" && backgroundImage === "none";
      const rest = backgroundColor.startsWith("rgb(") ? "" : behind(one.parentElement);
      painted.set(one, nothing ? rest : `${backgroundColor} ${backgroundImage} ${rest}`);
    }
    return painted.get(one);
  };
  // What makes a whole part of the page fainter, whatever is painted in it.
  const fainter = new Map();
  const faint = (one) => {
    if (!one) return "";
    if (!fainter.has(one)) {
      const { opacity, filter } = getComputedStyle(one);
      fainter.set(one, `${opacity === "1" && filter === "none" ? "" : `${opacity} ${filter} `}${faint(one.parentElement)}`);
    }
    return fainter.get(one);
  };
  const look = (one) => {
    const style = getComputedStyle(one);
    const around = one.closest("a") && getComputedStyle(one.closest("a").parentElement);
    return [style.color, style.fontSize, style.fontWeight, style.textShadow, one.matches(":disabled, [aria-disabled=true] *, [aria-disabled=true]"),
      around ? [style.textDecorationLine, around.color, around.fontWeight].join() : "", faint(one), behind(one)].join("; ");
  };
  const says = (one) => one.matches("input, select, textarea") || [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim());

  const before = new Set(known);
  const looks = {};
  for (const one of document.body.querySelectorAll("*")) {
    if (!says(one) || !one.checkVisibility({ visibilityProperty: true }) || !one.getClientRects().length) continue;
    const its = look(one);
    if (!before.has(its)) (looks[its] ??= []).push(one);
  }
  // Asked in one run: what axe finds out of the page's layers, which is most of its work, serves all rules of a run.
  const asked = Object.values(looks).flatMap((same) => same.slice(0, 2));
  axe.configure({ rules: Object.entries(OF_COLOURS).map(([id, of]) => ({ id, selector: `${of}[data-asked]` })) });
  for (const one of asked) one.dataset.asked = "";
  const runs = [];
  const there = [...document.querySelectorAll(parts || ":not(*)")];
  if (parts && !there.length) throw new Error(`there is no ${parts}`);
  if (all) runs.push(await axe.run(parts ? { include: [...there, ...asked] } : document, LEAN));
  else if (asked.length) runs.push(await axe.run({ include: asked }, { ...LEAN, runOnly: Object.keys(OF_COLOURS) }));
  for (const one of asked) delete one.dataset.asked;
  const found = runs.flatMap(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`));
  return { found, looks: Object.keys(looks) };
}
