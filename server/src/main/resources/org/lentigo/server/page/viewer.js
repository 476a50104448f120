// The picture with its outline: drawing, zooming, and the tools that edit it.

import * as outline from './outline.js';

const LINE = '#ffe000';
const CASING = '#101010';
const HANDLE = '#ffffff';
const SELECTED = '#ff3d7f';
const MAX_ZOOM = 40;

export class Viewer {
  /**
   * Calls `onEdit(contours)` after each finished edit, `onLength(pixels, line)` when a length was
   * drawn, and `onSay(text)` with what a screen reader should say.
   */
  constructor(canvas, {onEdit, onLength, onSay}) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.onEdit = onEdit;
    this.onLength = onLength;
    this.onSay = onSay;
    this.tool = 'move';
    this.split = 0;
    this.opacity = 0.25;
    this.brush = 12;
    this.picture = null;
    this.pointers = new Map();
    new ResizeObserver(() => this.resized()).observe(canvas);
    canvas.addEventListener('wheel', (e) => this.wheel(e), {passive: false});
    canvas.addEventListener('pointerdown', (e) => this.down(e));
    canvas.addEventListener('pointermove', (e) => this.moved(e));
    canvas.addEventListener('pointerup', (e) => this.up(e));
    canvas.addEventListener('pointercancel', (e) => this.up(e));
    canvas.addEventListener('pointerleave', () => this.hover(null));
    canvas.addEventListener('keydown', (e) => this.key(e));
    canvas.addEventListener('blur', () => this.hover(null));
  }

  /** Shows a picture (anything a canvas can draw) of the photo's size; null for none. */
  show(picture, width, height, contours, line) {
    const same = this.picture && this.width === width && this.height === height;
    this.picture = picture;
    this.width = width;
    this.height = height;
    this.line = line;
    this.cursor = null;
    this.penDown = false;
    this.selected = 0;
    // What was being dragged was dragged on the picture before.
    this.drag = null;
    this.preview = null;
    this.pointers.clear();
    this.setContours(contours);
    if (!same || picture === null) this.fit();
  }

  setContours(contours) {
    this.contours = contours;
    this.path = new Path2D(outline.toSvgPath(contours));
    this.keys = null;
    this.mask = null;
    this.draw();
  }

  setTool(tool) {
    this.tool = tool;
    this.penDown = false;
    this.canvas.dataset.tool = tool;
    this.canvas.style.cursor = {move: 'grab', points: 'default', scale: 'crosshair'}[tool] ?? 'none';
    this.draw();
  }

  // ---- where things are

  resized() {
    const {clientWidth, clientHeight} = this.canvas;
    const ratio = window.devicePixelRatio || 1;
    if (!clientWidth || !clientHeight) return;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    if (!this.zoomed) this.fit();
    else this.draw();
  }

  fit() {
    if (!this.picture) return this.draw();
    const {clientWidth, clientHeight} = this.canvas;
    const margin = 16;
    this.zoom = Math.max(0.01, Math.min(
        (clientWidth - margin) / this.width, (clientHeight - margin) / this.height));
    this.left = (clientWidth - this.width * this.zoom) / 2;
    this.top = (clientHeight - this.height * this.zoom) / 2;
    this.zoomed = false;
    this.draw();
  }

  zoomBy(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    if (!this.picture) return;
    const zoom = Math.max(0.02, Math.min(MAX_ZOOM, this.zoom * factor));
    this.left = x - ((x - this.left) * zoom) / this.zoom;
    this.top = y - ((y - this.top) * zoom) / this.zoom;
    this.zoom = zoom;
    this.zoomed = true;
    this.draw();
  }

  panBy(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.zoomed = true;
    this.draw();
  }

  toPhoto(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      (event.clientX - box.left - this.left) / this.zoom,
      (event.clientY - box.top - this.top) / this.zoom,
    ];
  }

  /** Where the photo is split: to the left of this the overlay is hidden. */
  splitX() {
    return this.width * this.split;
  }

  // ---- the points that can be dragged

  points() {
    if (!this.keys) {
      const tolerance = Math.max(1.5, Math.max(this.width, this.height) / 250);
      this.keys = [];
      this.contours.forEach((contour, c) => {
        const corners = outline.keyPoints(contour.points, tolerance);
        if (corners.length >= 3) {
          corners.forEach((i, k) => this.keys.push({
            c, k, corners, x: contour.points[2 * i], y: contour.points[2 * i + 1],
          }));
        }
      });
      this.selected = Math.min(this.selected, Math.max(0, this.keys.length - 1));
    }
    return this.keys;
  }

  nearest(x, y, within) {
    let best = -1;
    let least = within;
    this.points().forEach((p, i) => {
      const d = Math.hypot(p.x - x, p.y - y);
      if (d <= least) [least, best] = [d, i];
    });
    return best;
  }

  /** The outline with the selected point moved, not yet finished. */
  bent(dx, dy) {
    const key = this.points()[this.selected];
    return this.contours.map((contour, c) => (c === key.c
        ? {...contour, points: outline.bend(contour.points, key.corners, key.k, dx, dy)}
        : contour));
  }

  /** Turns a bent outline into one along pixel borders, and tells. */
  finish(contours) {
    this.finishMask(outline.fill(contours, this.width, this.height));
  }

  finishMask(mask) {
    const contours = outline.trace(mask, this.width, this.height);
    this.setContours(contours);
    this.mask = mask;
    this.onEdit(contours);
  }

  currentMask() {
    this.mask ??= outline.fill(this.contours, this.width, this.height);
    return this.mask;
  }

  grow(value) {
    if (this.picture && this.contours.length) {
      this.finishMask(outline.dilate(this.currentMask(), this.width, this.height, value));
    }
  }

  // ---- pointers

  wheel(event) {
    if (!this.picture) return;
    event.preventDefault();
    const box = this.canvas.getBoundingClientRect();
    this.zoomBy(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }

  down(event) {
    if (!this.picture || event.button > 1) return;
    this.canvas.focus({preventScroll: true});
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size >= 2) {
      // Two fingers zoom; what one had begun until the second came was not meant.
      this.cancel();
      this.drag = {kind: 'pinch'};
      return;
    }
    const [x, y] = this.toPhoto(event);
    if (this.tool === 'move' || event.button === 1) {
      const nearSplit = Math.abs(x - this.splitX()) * this.zoom < 14 && this.split > 0.004;
      this.drag = {kind: nearSplit ? 'split' : 'pan'};
    } else if (this.tool === 'points') {
      const hit = this.nearest(x, y, (event.pointerType === 'touch' ? 26 : 14) / this.zoom);
      if (hit >= 0) {
        this.selected = hit;
        this.drag = {kind: 'point', x, y};
      } else {
        this.drag = {kind: 'pan'};
      }
    } else if (this.tool === 'scale') {
      this.drag = {kind: 'scale', from: [x, y], before: this.line};
    } else {
      this.drag = {kind: 'paint', mask: this.currentMask().slice()};
      this.paintTo(x, y);
    }
    this.draw();
  }

  moved(event) {
    if (!this.picture) return;
    const before = this.pointers.get(event.pointerId);
    const [x, y] = this.toPhoto(event);
    if (!before) return this.hover([x, y]);
    if (this.drag?.kind === 'pinch' && this.pointers.size === 2) {
      const other = [...this.pointers.values()].find((p) => p.pointerId !== event.pointerId);
      const box = this.canvas.getBoundingClientRect();
      const apart = (p) => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY);
      // About the middle as it was, which then moves along: so the photo stays under the fingers.
      this.zoomBy(
          apart(event) / Math.max(1, apart(before)),
          (before.clientX + other.clientX) / 2 - box.left,
          (before.clientY + other.clientY) / 2 - box.top);
      this.panBy((event.clientX - before.clientX) / 2, (event.clientY - before.clientY) / 2);
    } else if (this.drag?.kind === 'pan') {
      this.panBy(event.clientX - before.clientX, event.clientY - before.clientY);
    } else if (this.drag?.kind === 'split') {
      this.setSplit(Math.max(0, Math.min(1, x / this.width)));
      this.onSplit?.(this.split);
    } else if (this.drag?.kind === 'point') {
      this.preview = this.bent(x - this.drag.x, y - this.drag.y);
      this.draw();
    } else if (this.drag?.kind === 'scale') {
      this.line = [this.drag.from, [x, y]];
      this.draw();
    } else if (this.drag?.kind === 'paint') {
      this.paintTo(x, y);
      this.draw();
    }
    this.pointers.set(event.pointerId, event);
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const drag = this.drag;
    if (event.type === 'pointercancel') return this.cancel();
    if (drag?.kind === 'point' && this.preview) {
      const moved = this.preview;
      this.cancel();
      this.finish(moved);
      const [x, y] = this.toPhoto(event);
      this.selected = Math.max(0, this.nearest(x, y, Infinity));
    } else if (drag?.kind === 'paint') {
      this.cancel();
      this.finishMask(drag.mask);
    } else if (drag?.kind === 'scale' && this.line) {
      this.tellLength();
    }
    if (this.pointers.size === 0) this.drag = null;
    this.draw();
  }

  cancel() {
    if (this.drag?.kind === 'scale') this.line = this.drag.before;
    this.drag = null;
    this.preview = null;
    this.draw();
  }

  hover(point) {
    this.cursor = point;
    if (this.tool === 'paint' || this.tool === 'erase' || point === null) this.draw();
  }

  paintTo(x, y) {
    const drag = this.drag;
    const [fromX, fromY] = drag.last ?? [x, y];
    outline.stroke(
        drag.mask, this.width, this.height, fromX, fromY, x, y, this.brush,
        this.tool === 'paint' ? 1 : 0);
    drag.last = [x, y];
    this.cursor = [x, y];
    // The true outline while painting: traced once a frame, however many moves there are.
    drag.pending ??= requestAnimationFrame(() => {
      drag.pending = null;
      if (this.drag === drag) {
        this.preview = outline.trace(drag.mask, this.width, this.height);
        this.draw();
      }
    });
  }

  tellLength() {
    const [[x1, y1], [x2, y2]] = this.line;
    const pixels = Math.hypot(x2 - x1, y2 - y1);
    if (pixels >= 2) this.onLength(pixels, this.line);
  }

  setSplit(split) {
    this.split = split;
    this.draw();
  }

  // ---- keys

  key(event) {
    if (!this.picture || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 10 : 1;
    const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (event.key in arrows) {
      const [dx, dy] = arrows[event.key];
      this.arrow(dx, dy, step);
    } else if (event.key === ' ') {
      this.space();
    } else if (event.key.toLowerCase() === 'n' && this.tool === 'points') {
      const count = this.points().length;
      if (count) {
        this.selected = (this.selected + (event.shiftKey ? count - 1 : 1)) % count;
        const {x, y} = this.points()[this.selected];
        this.onSay(`Point ${this.selected + 1} of ${count}, at ${x}, ${y}`);
        this.draw();
      }
    } else if (event.key === 'Escape') {
      this.penDown = false;
      this.cancel();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  arrow(dx, dy, step) {
    if (this.tool === 'move') {
      this.panBy(-dx * step * 8, -dy * step * 8);
    } else if (this.tool === 'points') {
      if (!this.points().length) return;
      const {x, y} = this.points()[this.selected];
      this.finish(this.bent(dx * step, dy * step));
      this.selected = Math.max(0, this.nearest(x + dx * step, y + dy * step, Infinity));
      this.draw();
    } else {
      const [x, y] = this.cursor ?? [this.width / 2, this.height / 2];
      const unit = step * Math.max(1, Math.round(Math.max(this.width, this.height) / 200));
      const to = [
        Math.max(0, Math.min(this.width, x + dx * unit)),
        Math.max(0, Math.min(this.height, y + dy * unit)),
      ];
      if (this.penDown && this.tool !== 'scale') this.strokeByKey([x, y], to);
      if (this.penDown && this.tool === 'scale') this.line = [this.line[0], to];
      this.cursor = to;
      this.draw();
    }
  }

  space() {
    if (this.tool === 'move' || this.tool === 'points') return;
    this.cursor ??= [this.width / 2, this.height / 2];
    this.penDown = !this.penDown;
    if (this.tool === 'scale') {
      if (this.penDown) this.line = [this.cursor, this.cursor];
      else this.tellLength();
      this.onSay(this.penDown ? 'First end set' : 'Second end set');
    } else {
      if (this.penDown) this.strokeByKey(this.cursor, this.cursor);
      this.onSay(this.penDown ? 'Brush down' : 'Brush lifted');
    }
    this.draw();
  }

  strokeByKey([x1, y1], [x2, y2]) {
    const mask = this.currentMask().slice();
    outline.stroke(
        mask, this.width, this.height, x1, y1, x2, y2, this.brush, this.tool === 'paint' ? 1 : 0);
    this.finishMask(mask);
  }

  // ---- drawing

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.drawNow();
    });
  }

  drawNow() {
    const {context: c, canvas} = this;
    const ratio = window.devicePixelRatio || 1;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.picture) return;
    const scale = this.zoom * ratio;
    c.setTransform(scale, 0, 0, scale, this.left * ratio, this.top * ratio);
    c.imageSmoothingEnabled = this.zoom < 4;
    c.imageSmoothingQuality = 'high';
    c.drawImage(this.picture, 0, 0, this.width, this.height);

    const path = this.preview ? new Path2D(outline.toSvgPath(this.preview)) : this.path;
    c.save();
    c.beginPath();
    c.rect(this.splitX(), 0, this.width - this.splitX(), this.height);
    c.clip();
    c.fillStyle = LINE;
    c.globalAlpha = this.opacity;
    c.fill(path, 'evenodd');
    c.globalAlpha = 1;
    strokePath(c, path, 2.2 / this.zoom);
    c.restore();

    if (this.split > 0.004) this.drawDivider(c);
    if (this.tool === 'points' && !this.preview) this.drawPoints(c);
    if (this.line) this.drawLine(c);
    if (this.cursor && this.tool !== 'move' && this.tool !== 'points') this.drawCursor(c);
  }

  drawDivider(c) {
    const x = this.splitX();
    for (const [colour, width] of [[CASING, 4], ['#ffffff', 2]]) {
      c.strokeStyle = colour;
      c.lineWidth = width / this.zoom;
      c.beginPath();
      c.moveTo(x, 0);
      c.lineTo(x, this.height);
      c.stroke();
    }
    disc(c, x, this.height / 2, 9 / this.zoom, '#ffffff', 1.5 / this.zoom);
  }

  drawPoints(c) {
    this.points().forEach((p, i) => {
      const chosen = i === this.selected && document.activeElement === this.canvas;
      disc(c, p.x, p.y, (chosen ? 7 : 5) / this.zoom, chosen ? SELECTED : HANDLE, 1.5 / this.zoom);
    });
  }

  drawLine(c) {
    const [[x1, y1], [x2, y2]] = this.line;
    for (const [colour, width] of [[CASING, 5], ['#00e5ff', 2.5]]) {
      c.strokeStyle = colour;
      c.lineWidth = width / this.zoom;
      c.beginPath();
      c.moveTo(x1, y1);
      c.lineTo(x2, y2);
      c.stroke();
    }
    for (const [x, y] of this.line) disc(c, x, y, 4 / this.zoom, '#00e5ff', 1.5 / this.zoom);
  }

  drawCursor(c) {
    const [x, y] = this.cursor;
    const radius = this.tool === 'scale' ? 5 / this.zoom : this.brush;
    for (const [colour, width] of [[CASING, 3], ['#ffffff', 1.5]]) {
      c.strokeStyle = colour;
      c.lineWidth = width / this.zoom;
      c.setLineDash(this.tool === 'erase' ? [5 / this.zoom, 4 / this.zoom] : []);
      c.beginPath();
      c.arc(x, y, radius, 0, 2 * Math.PI);
      c.stroke();
    }
    c.setLineDash([]);
  }
}

function disc(c, x, y, radius, colour, border) {
  c.beginPath();
  c.arc(x, y, radius, 0, 2 * Math.PI);
  c.fillStyle = colour;
  c.fill();
  c.strokeStyle = CASING;
  c.lineWidth = border;
  c.stroke();
}

/** A bright line between dark borders: one of them shows on any skin. */
export function strokePath(c, path, width) {
  c.lineJoin = 'round';
  c.strokeStyle = CASING;
  c.lineWidth = 2 * width;
  c.stroke(path);
  c.strokeStyle = LINE;
  c.lineWidth = width;
  c.stroke(path);
}
