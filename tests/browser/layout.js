/* What is wrong with the layout of the page as it stands: a list of sentences, empty when all is well. */
async () => {
  const EDGE = 1; // px: rounding is no fault
  const CONTROLS = "a, button, input, select, summary, [role=tab], #group-by-label";
  const TEXTS = "h1, h2, h3, p, dt, dd";
  const named = (one) => one.id ? `#${one.id}` : `${one.localName}.${one.className} "${one.textContent.trim().slice(0, 24)}"`;

  const cuts = (one) => getComputedStyle(one).overflowX !== "visible"; // it cuts or scrolls what it holds, and means to

  // Where the drawn text of an element ends, not where its box does. What is there for the ear alone is not drawn.
  const silent = (one) => one.getBoundingClientRect().width <= 1 && getComputedStyle(one).position === "absolute";
  const ink = (one) => {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
      (node) => node.nodeType === Node.ELEMENT_NODE && silent(node) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const range = document.createRange();
    const parts = [];
    while (walker.nextNode()) {
      if (walker.currentNode.nodeType !== Node.TEXT_NODE) continue;
      range.selectNodeContents(walker.currentNode);
      parts.push(...[...range.getClientRects()].filter((part) => part.width > 1));
    }
    const box = one.getBoundingClientRect();
    const [most, least] = cuts(one) ? [box.right, box.left] : [Infinity, -Infinity];
    return parts.length && {
      left: Math.max(least, Math.min(...parts.map((part) => part.left))), right: Math.min(most, Math.max(...parts.map((part) => part.right))),
      top: Math.min(...parts.map((part) => part.top)), bottom: Math.max(...parts.map((part) => part.bottom)),
    };
  };
  const shown = (one) => one.checkVisibility({ visibilityProperty: true })
    && !one.closest(".visually-hidden, .skip-link, .silhouettes, .scroller, .legend, .tooltip, [popover]:not(:popover-open)")
    && one.getBoundingClientRect().width > 1;
  const outside = (inner, outer) => inner.left < outer.left - EDGE || inner.right > outer.right + EDGE
    || inner.top < outer.top - EDGE || inner.bottom > outer.bottom + EDGE;
  const meet = (one, two) => Math.min(one.right, two.right) - Math.max(one.left, two.left) > EDGE
    && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > EDGE;
  const inside = (panel) => {
    const { left, right, top, bottom } = panel.getBoundingClientRect();
    const style = getComputedStyle(panel);
    return { left: left + parseFloat(style.paddingLeft), right: right - parseFloat(style.paddingRight), top, bottom };
  };

  const complaints = [];
  const root = document.documentElement;
  // The chart follows its box a frame or two later.
  for (let frame = 0; frame < 4 && root.scrollWidth > root.clientWidth; frame += 1) await new Promise(requestAnimationFrame);
  if (root.scrollWidth > root.clientWidth) complaints.push(`the page scrolls sideways: ${root.scrollWidth} in ${root.clientWidth}`);

  for (const card of document.querySelectorAll(".card")) {
    const parts = [...card.children].filter(shown).map((part) => [part, part.matches(".spark") ? part.getBoundingClientRect() : ink(part)])
      .filter(([, place]) => place);
    for (const [part, place] of parts) {
      if (outside(place, inside(card))) complaints.push(`${named(part)} spills out of its card`);
      if (cuts(part) && part.scrollWidth > part.clientWidth) complaints.push(`${named(part)} is cut`);
      for (const [other, there] of parts) if (part !== other && meet(place, there)) complaints.push(`${named(part)} meets ${named(other)}`);
    }
  }

  const controls = [...document.querySelectorAll("main, .topbar")].flatMap((one) => [...one.querySelectorAll(CONTROLS)]).filter(shown);
  const texts = [...document.querySelectorAll("main")].flatMap((one) => [...one.querySelectorAll(TEXTS)]).filter(shown);
  const places = [...controls.map((one) => [one, one.getBoundingClientRect()]), ...texts.map((one) => [one, ink(one)])].filter(([, place]) => place);
  // From above: who begins below the end of one meets neither it nor whoever comes next.
  places.sort(([, here], [, there]) => here.top - there.top).forEach(([one, here], index) => {
    for (const [two, there] of places.slice(index + 1)) {
      if (there.top >= here.bottom) break;
      if (!meet(here, there) || (one.closest(".card") && two.closest(".card"))) continue;
      const belong = one.contains(two) || two.contains(one) || (one.closest(".with-action, .search") ?? one) === two.closest(".with-action, .search");
      if (!belong) complaints.push(`${named(one)} lies over ${named(two)}`);
    }
  });
  const main = inside(document.querySelector("main"));
  for (const one of controls) {
    const { left, right } = one.getBoundingClientRect();
    if (one.closest("main") && (left < main.left - 16 - EDGE || right > main.right + EDGE)) complaints.push(`${named(one)} stands outside the page's column`);
    const text = ink(one);
    if (text && !cuts(one) && !one.querySelector(".cut") && outside(text, { ...one.getBoundingClientRect().toJSON(), top: -1e6, bottom: 1e6 })) complaints.push(`the text of ${named(one)} spills out of it`);
  }

  // The title stands on one line of its own, and the line under it on two at most; phones have it in the bar.
  for (const title of [...document.querySelectorAll("main h1, .topbar strong")].filter(shown)) {
    const text = ink(title);
    if (text && text.bottom - text.top > 1.3 * parseFloat(getComputedStyle(title).lineHeight)) complaints.push(`${named(title)} is crushed`);
  }
  for (const button of controls.filter((one) => one.matches(".button, .quiet"))) {
    const text = ink(button);
    if (text && text.bottom - text.top > 30) complaints.push(`the text of ${named(button)} wraps`);
  }
  // What says how many rows there are is never cut, whatever stands beside it.
  for (const one of [...document.querySelectorAll("#breakdown-count")].filter(shown)) {
    if (cuts(one) && one.scrollWidth > one.clientWidth) complaints.push(`${named(one)} is cut`);
  }
  const fresh = document.querySelector(".freshness");
  if (fresh && fresh.getBoundingClientRect().height > 40 + EDGE) complaints.push("the freshness line is crushed");
  return complaints;
}
