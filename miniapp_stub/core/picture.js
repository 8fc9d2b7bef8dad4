// What can be told of a photo on the spot, with the measures the server uses (workflows/domain/evidence/imaging/quality.py
// describes them). Pure: pixels in, figures out.

export const BLURRED_BELOW = 15;
export const DARK_BELOW = 35;
export const LEAST_PIXELS = 300000;
// A picture of nothing has a variance too: the camera's noise.
const NOISE = 100;
const WORKING_SIDE = 512;
const LONGEST_SIDE = 2048;

/** How large to keep a picture: no side over 2048 to save data, unless the step needs more pixels; never enlarged. */
export function sizeFor(width, height, minPixels = LEAST_PIXELS) {
  const saving = LONGEST_SIDE / Math.max(width, height);
  const needed = Math.sqrt(minPixels / (width * height));
  const scale = Math.min(1, Math.max(saving, needed));
  return { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
}

/** `{sharpness, brightness}` of an upright picture, `rgba` its pixels as a canvas gives them. */
export function measured(rgba, width, height) {
  const grey = working(greyOf(rgba), width, height);
  return { sharpness: sharpnessOf(grey), brightness: Math.round(mean(grey.pixels)) };
}

/** What is wrong with it, in the order in which to tell it: dark | blurred | too_small. A dark one is not called blurred as well. */
export function faultsOf({ width, height, sharpness, brightness }, minPixels = LEAST_PIXELS) {
  const isDark = brightness < DARK_BELOW;
  const found = { dark: isDark, blurred: !isDark && sharpness < BLURRED_BELOW, too_small: width * height < minPixels };
  return Object.keys(found).filter((fault) => found[fault]);
}

function greyOf(rgba) {
  const grey = new Float32Array(rgba.length / 4);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    grey[at] = (299 * rgba[from] + 587 * rgba[from + 1] + 114 * rgba[from + 2]) / 1000;
  }
  return grey;
}

/** The longest side at 512, each point the mean of what it covers; a smaller picture stays as it is. */
function working(pixels, width, height) {
  const longest = Math.max(width, height);
  if (longest <= WORKING_SIDE) return whole({ pixels, width, height });
  const [across, down] = [width, height].map((side) => Math.max(1, Math.floor((side * WORKING_SIDE) / longest)));
  const narrow = averaged(pixels, { lines: height, length: width, line: width, step: 1 }, across);
  const small = averaged(narrow, { lines: across, length: height, line: 1, step: across }, down);
  // The second pass gave columns: turned back into rows.
  const upright = new Float32Array(across * down);
  for (let x = 0; x < across; x += 1) for (let y = 0; y < down; y += 1) upright[y * across + x] = small[x * down + y];
  return whole({ pixels: upright, width: across, height: down });
}

const whole = (grey) => ({ ...grey, pixels: grey.pixels.map(Math.round) });

/** Every line shortened to `count` points, each the mean of its share; a pixel on a border counts for its part on either side. */
function averaged(pixels, { lines, length, line, step }, count) {
  const result = new Float32Array(lines * count);
  const share = length / count;
  for (let point = 0; point < count; point += 1) {
    const [from, to] = [point * share, (point + 1) * share];
    for (let at = Math.floor(from); at < Math.min(Math.ceil(to), length); at += 1) {
      const weight = (Math.min(at + 1, to) - Math.max(at, from)) / share;
      for (let one = 0; one < lines; one += 1) result[one * count + point] += weight * pixels[one * line + at * step];
    }
  }
  return result;
}

/** How abruptly it changes, in the weaker of both directions, as a share of its own variance: in thousandths. */
function sharpnessOf({ pixels, width, height }) {
  if (Math.min(width, height) < 3) return 0;
  const edges = Math.min(...[1, width].map((step) => variance(edgesAlong(pixels, width, height, step))));
  return Math.round((1000 * edges) / (variance(pixels) + NOISE));
}

/** Both neighbours less twice the pixel, the outermost ring left out; `step` leads to the next pixel across or down. */
function edgesAlong(pixels, width, height, step) {
  const edges = new Float32Array((width - 2) * (height - 2));
  for (let y = 1, to = 0; y < height - 1; y += 1) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at += 1, to += 1) {
      edges[to] = Math.max(-128, Math.min(127, pixels[at - step] + pixels[at + step] - 2 * pixels[at]));
    }
  }
  return edges;
}

const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

const variance = (values) => values.reduce((sum, one) => sum + one * one, 0) / values.length - mean(values) ** 2;
