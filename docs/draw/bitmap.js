// Strokes, lists of points [x, y] with y downwards, become an image as the data set has them: the
// digit upright in a bitmap of 32 x 32 pixels, from its top to its bottom, counted in blocks of
// 4 x 4. All digits have about as much ink there: the pixels that are nearest to the strokes.

const SIZE = 32, BLOCK = 4, INK = 312, WIDTH = 16, HEIGHT = 26; // of the way of a pen 6 wide

export function countsOf(strokes) {
  const segments = fitted(upright(segmentsOf(strokes)));
  const pixels = [];
  for (let y = 0; y < SIZE; y++)
    for (let x = 0; x < SIZE; x++)
      pixels.push({x, y, far: Math.min(...segments.map((s) => distance(x + 0.5, y + 0.5, s)))});
  pixels.sort((one, other) => one.far - other.far);

  const counts = Array.from({length: SIZE / BLOCK}, () => Array(SIZE / BLOCK).fill(0));
  const inked = segments.length ? pixels.slice(0, INK) : [];
  for (const {x, y} of inked) counts[Math.floor(y / BLOCK)][Math.floor(x / BLOCK)] += 1;
  return counts;
}

// A point alone is a segment, too.
function segmentsOf(strokes) {
  return strokes.flatMap((points) =>
    points.slice(Math.min(1, points.length - 1)).map((to, i) => [...points[i], ...to]));
}

// Shear a digit so that x and y of its segments, each weighed by its length, are uncorrelated.
function upright(segments) {
  const weights = segments.map(([x0, y0, x1, y1]) => Math.hypot(x1 - x0, y1 - y0) + 1e-9);
  const mean = (values) => values.reduce((sum, value, i) => sum + value * weights[i], 0)
    / weights.reduce((sum, weight) => sum + weight, 0);
  const xs = segments.map(([x0, , x1]) => (x0 + x1) / 2);
  const ys = segments.map(([, y0, , y1]) => (y0 + y1) / 2);
  const [x, y] = [mean(xs), mean(ys)];
  const covariance = mean(xs.map((value, i) => (value - x) * (ys[i] - y)));
  const slant = covariance / (mean(ys.map((value) => (value - y) ** 2)) + 1e-9);
  return segments.map(([x0, y0, x1, y1]) => [x0 - slant * y0, y0, x1 - slant * y1, y1]);
}

// Fill the bitmap, but stretch nothing beyond reason: a one stays narrow, a dash low.
function fitted(segments) {
  const [left, right] = ends(segments.flatMap(([x0, , x1]) => [x0, x1]));
  const [top, bottom] = ends(segments.flatMap(([, y0, , y1]) => [y0, y1]));
  const height = Math.max(bottom - top, (right - left) / 2, 1e-9);
  const width = Math.max(right - left, height / 3);
  const across = (x) => SIZE / 2 + (x - (left + right) / 2) * WIDTH / width;
  const down = (y) => SIZE / 2 + (y - (top + bottom) / 2) * HEIGHT / height;
  return segments.map(([x0, y0, x1, y1]) => [across(x0), down(y0), across(x1), down(y1)]);
}

function ends(values) {
  return [Math.min(...values), Math.max(...values)];
}

function distance(x, y, [x0, y0, x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
  const part = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
}
