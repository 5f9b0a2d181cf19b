// The contrast of every visible text of a page against what lies under it: [{text, ratio, where, color}].
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = "#000"; canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const parse = (css) => {
    const m = css.match(/^rgba?\(([^)]+)\)$/);
    if (m) { const p = m[1].split(/[ ,\/]+/).map(Number); return [p[0], p[1], p[2], p.length > 3 ? p[3] : 1]; }
    return rgba(css);
  };
  const over = (top, under) => { const a = top[3]; return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)).concat(1); };
  const lum = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const contrast = (a, b) => { const [lo, hi] = [lum(a), lum(b)].sort((x, y) => x - y); return (hi + 0.05) / (lo + 0.05); };
  const background = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const shape = e.closest?.(".point, .slice") === e ? e.querySelector("path") : null;
      if (shape) { const s = getComputedStyle(shape); const c = parse(s.fill); layers.push([c[0], c[1], c[2], c[3] * s.fillOpacity * s.opacity]); }
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3]) { layers.push(c); if (c[3] === 1) break; }
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const e = walker.currentNode.parentElement;
    if (e.closest("label, button")?.querySelector(":disabled")) continue;
    if (!text || e.closest("script, style, noscript, [disabled], [aria-disabled=true], [data-testid=stIconMaterial], .material-icons, canvas, [aria-hidden=true], .hovertext, .katex-mathml")) continue;
    if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = e.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const s = getComputedStyle(e);
    const svg = e.ownerSVGElement;
    const color = parse(svg ? s.fill : s.color);
    let alpha = color[3] * (svg ? s.fillOpacity : 1);
    for (let x = e; x; x = x.parentElement) alpha *= getComputedStyle(x).opacity;
    const under = background(e);
    const ratio = contrast(over([color[0], color[1], color[2], alpha], under), under);
    found.push({ text: text.slice(0, 60), ratio: Math.round(ratio * 100) / 100, where: (e.closest("[data-testid]")?.dataset.testid || "") + " " + e.tagName + "." + (e.getAttribute("class") || ""), color: svg ? s.fill : s.color });
  }
  return found;
}
