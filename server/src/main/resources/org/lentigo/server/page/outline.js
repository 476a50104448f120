// Masks, outlines and their measures. A mask is a Uint8Array of width * height, 1 inside the lesion.
// An outline is a list of contours {points: [x0, y0, x1, y1, ...], hole}, as the server gives them:
// corners along pixel borders, to be filled by the even-odd rule.

const STEP_X = [1, 0, -1, 0];
const STEP_Y = [0, 1, 0, -1];

/** The outline in a server's answer. */
export function fromServer(contours) {
  return contours.map(({hole, points}) => ({hole, points: points.flat()}));
}

/** The mask of an outline: a pixel is inside where its centre is. */
export function fill(contours, width, height) {
  const crossings = new Map();
  for (const {points} of contours) {
    const n = points.length;
    for (let i = 0; i < n; i += 2) {
      let x1 = points[i], y1 = points[i + 1];
      let x2 = points[(i + 2) % n], y2 = points[(i + 3) % n];
      if (y1 === y2) continue;
      if (y1 > y2) [x1, y1, x2, y2] = [x2, y2, x1, y1];
      const slope = (x2 - x1) / (y2 - y1);
      const last = Math.min(height, Math.ceil(y2 - 0.5));
      for (let y = Math.max(0, Math.ceil(y1 - 0.5)); y < last; y++) {
        if (!crossings.has(y)) crossings.set(y, []);
        crossings.get(y).push(x1 + (y + 0.5 - y1) * slope);
      }
    }
  }
  const mask = new Uint8Array(width * height);
  for (const [y, xs] of crossings) {
    xs.sort((a, b) => a - b);
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const from = Math.max(0, Math.ceil(xs[i] - 0.5));
      const to = Math.min(width, Math.ceil(xs[i + 1] - 0.5));
      if (to > from) mask.fill(1, y * width + from, y * width + to);
    }
  }
  return mask;
}

/** The outline of a mask, exactly as the server traces it: the largest contour first. */
export function trace(mask, width, height) {
  const seen = new Uint8Array((width + 1) * (height + 1));
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] === 1;
  const corner = (x, y, dx, dy) => at(dx < 0 ? x - 1 : x, dy < 0 ? y - 1 : y);

  const follow = (startX, startY, lesionBelow) => {
    const startHeading = lesionBelow ? 2 : 0;
    const firstX = lesionBelow ? startX + 1 : startX;
    let x = firstX, y = startY, heading = startHeading;
    const points = [];
    do {
      if (heading === 0 || heading === 2) seen[y * (width + 1) + (heading === 0 ? x : x - 1)] = 1;
      x += STEP_X[heading];
      y += STEP_Y[heading];
      const dx = STEP_X[heading], dy = STEP_Y[heading];
      let next = heading;
      if (corner(x, y, dx - dy, dy + dx)) next = (heading + 1) & 3;
      else if (!corner(x, y, dx + dy, dy - dx)) next = (heading + 3) & 3;
      if (next !== heading) points.push(x, y);
      heading = next;
    } while (x !== firstX || y !== startY || heading !== startHeading);
    return {points, hole: signedArea(points) > 0};
  };

  const found = [];
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x < width; x++) {
      const above = y > 0 ? mask[(y - 1) * width + x] : 0;
      const below = y < height ? mask[y * width + x] : 0;
      if (above !== below && !seen[y * (width + 1) + x]) found.push(follow(x, y, below === 1));
    }
  }
  return found
      .map((contour) => ({contour, area: Math.abs(signedArea(contour.points))}))
      .sort((a, b) => b.area - a.area)
      .map(({contour}) => contour);
}

function signedArea(p) {
  let sum = 0;
  for (let i = 0, j = p.length - 2; i < p.length; j = i, i += 2) {
    sum += p[j] * p[i + 1] - p[i] * p[j + 1];
  }
  return sum / 2;
}

/** Lesion pixels: contours enclose them, holes are taken off. */
export function area(contours) {
  return contours.reduce(
      (sum, {points, hole}) => sum + (hole ? -1 : 1) * Math.abs(signedArea(points)), 0);
}

/** Indices (of corners) left over by Douglas and Peucker's method on a closed line. */
export function keyPoints(points, tolerance) {
  const n = points.length / 2;
  let opposite = 0, furthest = -1;
  for (let i = 0; i < n; i++) {
    const d = Math.hypot(points[2 * i] - points[0], points[2 * i + 1] - points[1]);
    if (d > furthest) [furthest, opposite] = [d, i];
  }
  const kept = new Set();
  const open = [[0, opposite], [opposite, n]];
  while (open.length) {
    const [a, b] = open.pop();
    kept.add(a);
    const e = b % n;
    const dx = points[2 * e] - points[2 * a], dy = points[2 * e + 1] - points[2 * a + 1];
    const length = dx * dx + dy * dy;
    let worst = -1, most = tolerance;
    for (let i = a + 1; i < b; i++) {
      const px = points[2 * i] - points[2 * a], py = points[2 * i + 1] - points[2 * a + 1];
      const t = length === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length));
      const d = Math.hypot(px - t * dx, py - t * dy);
      if (d > most) [most, worst] = [d, i];
    }
    if (worst >= 0) open.push([a, worst], [worst, b]);
  }
  return [...kept].sort((a, b) => a - b);
}

/**
 * Moves one key point by (dx, dy). The line between it and its neighbours bends along; everything
 * beyond them stays exactly where it is.
 */
export function bend(points, keys, which, dx, dy) {
  const n = points.length / 2;
  const result = points.slice();
  const centre = keys[which];
  const move = (i, weight) => {
    result[2 * i] = points[2 * i] + weight * dx;
    result[2 * i + 1] = points[2 * i + 1] + weight * dy;
  };
  for (const [step, neighbour] of [
    [1, keys[(which + 1) % keys.length]],
    [n - 1, keys[(which + keys.length - 1) % keys.length]],
  ]) {
    const path = [];
    for (let i = centre; i !== neighbour; i = (i + step) % n) path.push(i);
    path.forEach((i, k) => move(i, 1 - k / path.length));
  }
  move(centre, 1);
  return result;
}

/** Sets the pixels within `radius` of a line to `value`. */
export function stroke(mask, width, height, x1, y1, x2, y2, radius, value) {
  const left = Math.max(0, Math.floor(Math.min(x1, x2) - radius));
  const right = Math.min(width - 1, Math.ceil(Math.max(x1, x2) + radius));
  const top = Math.max(0, Math.floor(Math.min(y1, y2) - radius));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(y1, y2) + radius));
  const dx = x2 - x1, dy = y2 - y1, length = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - x1, py = y + 0.5 - y1;
      const t = length === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length));
      if ((px - t * dx) ** 2 + (py - t * dy) ** 2 <= radius * radius) mask[y * width + x] = value;
    }
  }
}

/** The mask with its border moved out (value 1) or in (value 0) by a pixel. */
export function dilate(mask, width, height, value) {
  const result = mask.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (mask[i] !== value
          && ((x > 0 && mask[i - 1] === value) || (x + 1 < width && mask[i + 1] === value)
              || (y > 0 && mask[i - width] === value)
              || (y + 1 < height && mask[i + width] === value))) {
        result[i] = value;
      }
    }
  }
  return result;
}

function hull(contours) {
  const points = [];
  for (const {points: p, hole} of contours) {
    if (!hole) for (let i = 0; i < p.length; i += 2) points.push([p[i], p[i + 1]]);
  }
  points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list) => {
    const chain = [];
    for (const p of list) {
      while (chain.length > 1) {
        const [a, b] = chain.slice(-2);
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    chain.pop();
    return chain;
  };
  return points.length < 3 ? points : [...half(points), ...half(points.reverse())];
}

/**
 * The largest diameter (between the two corners furthest apart) with its ends, the extent at a right
 * angle to it, and the smallest diameter (between two parallel lines); null without a lesion. In pixels.
 */
export function diameters(contours) {
  const corners = hull(contours);
  if (corners.length < 2) return null;
  let best = {largest: -1};
  let smallest = Infinity;
  for (let i = 0; i < corners.length; i++) {
    for (let j = i + 1; j < corners.length; j++) {
      const d = Math.hypot(corners[i][0] - corners[j][0], corners[i][1] - corners[j][1]);
      if (d > best.largest) best = {largest: d, ends: [corners[i], corners[j]]};
    }
    smallest = Math.min(smallest, extent(corners, corners[i], corners[(i + 1) % corners.length]));
  }
  return {...best, perpendicular: extent(corners, ...best.ends), smallest};
}

/** How far corners reach at a right angle to the line from a to b. */
function extent(corners, [ax, ay], [bx, by]) {
  const length = Math.hypot(bx - ax, by - ay);
  const across = corners.map(([x, y]) => (x * (ay - by) + y * (bx - ax)) / length);
  return Math.max(...across) - Math.min(...across);
}

/** The length of all borders in pixels, as the server estimates it: see Perimeter.java. */
export function perimeter(contours) {
  let length = 0;
  for (const {points} of contours) {
    const n = points.length / 2;
    const side = (i) => [points[2 * ((i + 1) % n)] - points[2 * (i % n)], points[2 * ((i + 1) % n) + 1] - points[2 * (i % n) + 1]];
    let straight = 0, changes = 0;
    for (let i = 0; i < n; i++) {
      const steps = Math.abs(side(i)[0] + side(i)[1]);
      const before = side(i + n - 1).map(Math.sign), after = side(i + 1).map(Math.sign);
      straight += steps - 1;
      if (steps > 1) changes += 2;
      else if (before[0] !== after[0] || before[1] !== after[1]) changes++;
    }
    length += 0.980 * straight + 1.406 * n / 2 - 0.091 * changes;
  }
  return length;
}

/** Outer contours with the holes within them. */
function parts(contours) {
  const inside = (x, y, p) => {
    let odd = false;
    for (let i = 0, j = p.length - 2; i < p.length; j = i, i += 2) {
      if ((p[i + 1] > y) !== (p[j + 1] > y)
          && x < p[i] + ((y - p[i + 1]) * (p[j] - p[i])) / (p[j + 1] - p[i + 1])) {
        odd = !odd;
      }
    }
    return odd;
  };
  const outer = contours.filter(({hole}) => !hole).map(({points}) => ({points, holes: []}));
  for (const {points, hole} of contours) {
    if (!hole) continue;
    // A point within the hole, half a pixel from its first edge; the smallest part around it.
    const horizontal = points[1] === points[3];
    const x = horizontal ? (points[0] + points[2]) / 2 : points[0] + 0.01;
    const y = horizontal ? points[1] + 0.01 : (points[1] + points[3]) / 2;
    const around = outer.filter((part) => inside(x, y, part.points));
    if (around.length) around[around.length - 1].holes.push(points);
  }
  return outer;
}

function ring(points) {
  const closed = [];
  for (let i = 0; i < points.length; i += 2) closed.push([points[i], points[i + 1]]);
  closed.push(closed[0]);
  return closed;
}

/** GeoJSON in everything but its coordinates, which are pixels from the top left corner. */
export function toGeoJson(contours, properties) {
  return {
    type: 'FeatureCollection',
    coordinate_system: 'pixels from the top left corner of the photo, y down',
    properties,
    features: parts(contours).map(({points, holes}) => ({
      type: 'Feature',
      properties: {label: 'lesion'},
      geometry: {type: 'Polygon', coordinates: [ring(points), ...holes.map(ring)]},
    })),
  };
}

export function toSvgPath(contours) {
  return contours
      .map(({points}) => {
        let d = '';
        for (let i = 0; i < points.length; i += 2) d += `${i ? 'L' : 'M'}${points[i]} ${points[i + 1]}`;
        return `${d}Z`;
      })
      .join('');
}

export function toSvg(contours, width, height, title) {
  const escaped = title.replace(/[&<>]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[c]);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`
      + ` viewBox="0 0 ${width} ${height}">\n<title>${escaped}</title>\n`
      + `<desc>An outline, not a diagnosis.</desc>\n<path d="${toSvgPath(contours)}" fill="none"`
      + ` fill-rule="evenodd" stroke="#ffe000" stroke-width="${lineWidth(width, height)}"/>\n</svg>\n`;
}

/** As the server draws it: 1/400 of the shorter side, at least two pixels. */
export function lineWidth(width, height) {
  return Math.max(2, Math.min(width, height) / 400);
}
