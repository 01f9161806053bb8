// The texts of a page that stand out from their ground by less than 4.5 : 1, as the browser draws both colours.
() => {
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const drawn = colour => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = colour;
    pixel.fillRect(0, 0, 1, 1);
    return pixel.getImageData(0, 0, 1, 1).data;
  };
  const part = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const style = getComputedStyle(element), colour = drawn(style.backgroundColor);
      if (style.backgroundImage !== "none" || (colour[3] > 0 && colour[3] < 255)) return null;
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const style = getComputedStyle(element);
    if (!says || style.visibility === "hidden" || element.getBoundingClientRect().width < 3) continue;
    if (element.closest("[aria-disabled=true], :disabled, svg, .visually-hidden")) continue;
    const back = ground(element);
    if (!back) continue;
    const [low, high] = [luminance(drawn(style.color)), luminance(back)].sort((a, b) => a - b);
    const ratio = (high + .05) / (low + .05);
    if (ratio < 4.45) found.push(`${ratio.toFixed(1)} ${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 20)}`);
  }
  return found;
}
