// The page: takes photos in, has them outlined, shows and measures them, and hands out files.

import * as api from './api.js';
import {download, maskPng, zip} from './files.js';
import {Camera} from './live.js';
import * as outline from './outline.js';
import {strokePath, Viewer} from './viewer.js';

const AT_A_TIME = 2;
const THUMB = 72;
const NOTICE = 'An outline and its measurements. Not a diagnosis, and no substitute for one.';
const byId = (id) => document.getElementById(id);

/**
 * The photos, in the order they came: {file, name, state: 'waiting'|'working'|'done'|'failed',
 * result, found (contours as found), contours (as edited), undo, redo, line, perMm, unsaved}.
 */
const items = [];
let current = null;
let server = null;

function say(text) {
  byId('status').textContent = text;
}

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// ---- taking photos in

function addFiles(files) {
  const photos = [...files].filter(({type, name}) =>
      type.startsWith('image/') || /\.(jpe?g|png|tiff?|webp|bmp|gif)$/i.test(name));
  const others = files.length - photos.length;
  for (const file of photos) {
    const item = {file, name: file.name || 'pasted.png', state: 'waiting', undo: [], redo: []};
    items.push(item);
    addToList(item);
  }
  say(`${photos.length} ${photos.length === 1 ? 'photo' : 'photos'} added`
      + (others ? `, ${others} other files left out` : ''));
  if (!photos.length) return;
  byId('empty').hidden = true;
  byId('work').hidden = false;
  if (!current) select(items[items.length - photos.length]);
  work();
}

/** The files of a drop, also those in folders. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return transfer.files;
  const files = [];
  const read = async (entry) => {
    if (entry.isFile) {
      files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const child of some) await read(child);
    }
  };
  for (const entry of entries) await read(entry);
  return files;
}

// ---- having them outlined

function work() {
  const busy = items.filter(({state}) => state === 'working').length;
  items.filter(({state}) => state === 'waiting').slice(0, AT_A_TIME - busy).forEach((item) => {
    item.state = 'working';
    showState(item);
    outlinePhoto(item).catch((e) => {
      item.state = 'failed';
      item.error = e.message;
      say(`${item.name}: ${e.message}`);
    }).finally(() => {
      showState(item);
      if (item === current) showCurrent();
      work();
    });
  });
}

async function outlinePhoto(item) {
  if (server && item.file.size > server.limits.body_bytes) {
    throw new Error(`The file is larger than the server's limit of ${Math.round(server.limits.body_bytes / 2 ** 20)} MiB.`);
  }
  const [result, picture] = await Promise.all([
    api.segment(item.file, item.name),
    createImageBitmap(item.file).catch(() => null),
  ]);
  item.result = result;
  item.found = outline.fromServer(result.lesion.contours);
  item.contours = item.found;
  await setThumb(item, picture ?? await decoded(item));
  picture?.close();
  item.state = 'done';
  say(`${item.name}: ${spoken(item)}`);
}

/** What a canvas can draw of the photo; the server reads what the browser cannot. */
async function decoded(item) {
  try {
    return await createImageBitmap(item.file);
  } catch {
    item.readable ??= await api.segment(item.file, item.name, 'image/jpeg', '?outline=none');
    return createImageBitmap(item.readable);
  }
}

async function setThumb(item, picture) {
  const side = THUMB * 2;
  const canvas = element('canvas', {width: side, height: side});
  const scale = Math.max(side / picture.width, side / picture.height);
  canvas.getContext('2d').drawImage(
      picture, (side - picture.width * scale) / 2, (side - picture.height * scale) / 2,
      picture.width * scale, picture.height * scale);
  item.entry.querySelector('.thumb').replaceChildren(canvas);
}

// ---- the list

function addToList(item) {
  const button = element('button', {className: 'entry', title: item.name},
      element('span', {className: 'thumb'}),
      element('span', {className: 'entry-name', textContent: item.name}),
      element('span', {className: 'entry-state'}));
  button.addEventListener('click', () => select(item));
  item.entry = element('li', {}, button);
  byId('list').append(item.entry);
  showState(item);
}

function showState(item) {
  const button = item.entry.firstChild;
  button.dataset.state = item.state;
  button.lastChild.textContent = {
    waiting: 'waiting',
    working: 'outlining…',
    done: item.result ? `${percent(measured(item).share)}${isEdited(item) ? ' · edited' : ''}` : '',
    failed: 'failed',
  }[item.state];
  if (item === current) button.setAttribute('aria-current', 'true');
  else button.removeAttribute('aria-current');
}

function select(item) {
  const before = current;
  current = item;
  if (before) showState(before);
  showState(item);
  item.entry.scrollIntoView({block: 'nearest', inline: 'nearest'});
  showCurrent();
}

function remove(item) {
  const index = items.indexOf(item);
  items.splice(index, 1);
  item.entry.remove();
  current = null;
  if (items.length) {
    select(items[Math.min(index, items.length - 1)]);
  } else {
    viewer.show(null, 1, 1, [], null);
    byId('work').hidden = true;
    byId('empty').hidden = false;
    byId('choose').focus();
  }
}

// ---- measuring

function isEdited(item) {
  return item.contours !== item.found;
}

function measured(item) {
  if (item.measuredOf !== item.contours) {
    item.measuredOf = item.contours;
    const area = outline.area(item.contours);
    item.measures = {
      area,
      share: area / (item.result.image.width * item.result.image.height),
      parts: item.contours.filter(({hole}) => !hole).length,
      diameters: outline.diameters(item.contours),
    };
  }
  return item.measures;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const pixels = (value) => `${new Intl.NumberFormat('en', {maximumFractionDigits: 1}).format(value)} px`;
const digits = (value) => new Intl.NumberFormat('en', {maximumSignificantDigits: 3}).format(value);

function spoken(item) {
  const {share, parts} = measured(item);
  return parts ? `lesion ${percent(share)} of the photo, ${parts} ${parts === 1 ? 'outline' : 'outlines'}` : 'no lesion found';
}

/** Rows of [label, value, remark]. */
function facts(item) {
  const {area, share, parts, diameters} = measured(item);
  const {image, lesion, timings_ms: timings, model} = item.result;
  const mm = item.perMm;
  const length = (value) => [pixels(value), mm ? `${digits(value / mm)} mm` : ''];
  const rows = [
    ['Area', mm ? `${digits(area / mm ** 2)} mm²` : pixels(area).replace('px', 'px²'),
      mm ? pixels(area).replace('px', 'px²') : ''],
    ['Share of the photo', percent(share), ''],
  ];
  for (const [label, key] of [['Largest diameter', 'largest'], ['Perpendicular', 'perpendicular']]) {
    const [inPixels, inMm] = diameters ? length(diameters[key]) : ['–', ''];
    rows.push([label, inMm || inPixels, [inMm && inPixels, parts > 1 && 'across all outlines'].filter(Boolean).join(', ')]);
  }
  rows.push(['Outlines', String(parts), '']);
  if (lesion.predicted_jaccard !== null && lesion.predicted_jaccard !== undefined) {
    rows.push(['Expected agreement', percent(lesion.predicted_jaccard), 'Jaccard index with an expert’s outline']);
  }
  rows.push(['Confidence', lesion.mean_confidence === null ? '–' : percent(lesion.mean_confidence),
    'mean probability inside the outline']);
  const total = Object.values(timings).reduce((sum, value) => sum + value, 0);
  rows.push(['Time', `${Math.round(total)} ms`, `network ${Math.round(timings.network)} ms`]);
  rows.push(['Photo', `${image.width} × ${image.height}`, model.name]);
  return rows;
}

// ---- showing the current photo

const viewer = new Viewer(byId('canvas'), {
  onEdit: (contours) => edit(contours),
  onLength: (length, line) => {
    if (viewer.item !== current) return;
    current.line = line;
    current.linePixels = length;
    byId('length').disabled = false;
    byId('length').focus();
    byId('length').select();
    say(`Length drawn: ${pixels(length)}. Type how long it is.`);
  },
  onSay: say,
});
viewer.onSplit = (split) => {
  byId('split').value = Math.round(100 * split);
  tellSplit();
};

async function showCurrent() {
  const item = current;
  const done = item.state === 'done';
  byId('busy').hidden = done || item.state === 'failed';
  byId('busy-text').textContent = item.state === 'waiting' ? 'Waiting…' : 'Outlining…';
  showPanel();
  if (!done) {
    viewer.show(null, 1, 1, [], null);
    return;
  }
  if (viewer.item === item && viewer.picture) {
    viewer.setContours(item.contours);
    return;
  }
  // Until this photo is decoded the viewer shows none: an edit of the one before must not land here.
  viewer.picture?.close?.();
  viewer.show(null, 1, 1, [], null);
  viewer.item = null;
  byId('busy').hidden = false;
  byId('busy-text').textContent = 'Opening…';
  let picture;
  try {
    picture = await decoded(item);
  } catch (e) {
    if (item === current) {
      byId('busy').hidden = true;
      byId('error').textContent = e.message;
      byId('error').hidden = false;
    }
    return;
  }
  if (item !== current) {
    picture.close();
    return;
  }
  byId('busy').hidden = true;
  viewer.item = item;
  const {width, height} = item.result.image;
  viewer.show(picture, width, height, item.contours, item.line);
  viewer.fit();
  setBrush();
  byId('canvas').dataset.shown = item.name;
}

function showPanel() {
  const item = current;
  const done = item.state === 'done';
  byId('name').textContent = item.name;
  byId('error').hidden = item.state !== 'failed';
  byId('error').textContent = item.error ?? '';
  for (const button of document.querySelectorAll('.downloads button, .tools button, .panel input, #scale-all')) {
    button.disabled = !done;
  }
  const warnings = done ? item.result.warnings : [];
  byId('warnings').hidden = !warnings.length;
  byId('warnings').replaceChildren(...warnings.map((text) => element('li', {textContent: text})));
  byId('get-zip').disabled = !items.some(({state}) => state === 'done');
  byId('facts').replaceChildren(...(done ? facts(item) : []).map(([label, value, remark]) =>
      element('div', {}, element('dt', {textContent: label}),
          element('dd', {}, element('span', {className: 'value', textContent: value}),
              ...(remark ? [element('span', {className: 'remark', textContent: remark})] : [])))));
  byId('edited').hidden = !done || !isEdited(item);
  byId('undo').disabled = !item.undo.length;
  byId('redo').disabled = !item.redo.length;
  byId('reset').disabled = !done || !isEdited(item);
  byId('length').disabled = !done || !item.line;
  byId('length').value = item.line && item.perMm ? Number((item.linePixels / item.perMm).toPrecision(4)) : '';
  byId('ppm').value = item.perMm ? Number(item.perMm.toPrecision(5)) : '';
  byId('canvas').setAttribute('aria-label', done ? `${item.name}: ${spoken(item)}` : item.name);
}

// ---- editing

function edit(contours) {
  current.undo.push(current.contours);
  current.redo = [];
  setContours(contours);
}

function setContours(contours) {
  current.contours = contours;
  current.unsaved = isEdited(current);
  if (viewer.contours !== contours) viewer.setContours(contours);
  showPanel();
  showState(current);
}

function undo(from, to, what) {
  if (!current?.[from].length) return;
  current[to].push(current.contours);
  setContours(current[from].pop());
  say(`${what}: ${spoken(current)}`);
}

function setTool(tool) {
  for (const button of document.querySelectorAll('button[data-tool]')) {
    button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
  }
  viewer.setTool(tool);
  byId('brush-label').hidden = tool !== 'paint' && tool !== 'erase';
  byId('hint').textContent = {
    points: 'Drag a point; the line beside it bends along.',
    paint: 'Paint what belongs to the lesion.',
    erase: 'Wipe away what does not belong to the lesion.',
    scale: 'Draw along a known length, such as a ruler’s centimetre.',
  }[tool] ?? '';
  byId('hint').hidden = tool === 'move';
}

/** The slider's middle is a fortieth of the photo. */
function setBrush() {
  const longer = Math.max(viewer.width ?? 1, viewer.height ?? 1);
  viewer.brush = Math.max(0.5, (byId('brush').value / 1000) * longer);
  viewer.draw();
}

function setScale(perMm) {
  current.perMm = perMm > 0 && Number.isFinite(perMm) ? perMm : undefined;
  showPanel();
}

function tellSplit() {
  byId('split').setAttribute('aria-valuetext', `${byId('split').value} percent`);
}

// ---- files

const stem = (name) => name.replace(/\.[^.]*$/, '') || 'photo';

async function maskFile(item) {
  const {width, height} = item.result.image;
  return isEdited(item)
      ? maskPng(outline.fill(item.contours, width, height), width, height)
      : api.segment(item.file, item.name, 'image/png');
}

async function overlayFile(item) {
  if (!isEdited(item)) return api.segment(item.file, item.name, 'image/jpeg');
  const {width, height} = item.result.image;
  const canvas = element('canvas', {width, height});
  const c = canvas.getContext('2d');
  const picture = await decoded(item);
  c.drawImage(picture, 0, 0, width, height);
  picture.close();
  strokePath(c, new Path2D(outline.toSvgPath(item.contours)), outline.lineWidth(width, height));
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob
      ? resolve(blob)
      : reject(new Error('The photo is too large for this browser to draw.'))), 'image/jpeg', 0.92));
}

function properties(item) {
  const {area, share, parts, diameters} = measured(item);
  const mm = item.perMm;
  return {
    photo: item.name,
    notice: NOTICE,
    width: item.result.image.width,
    height: item.result.image.height,
    edited: isEdited(item),
    outlines: parts,
    area_px: area,
    area_fraction: share,
    largest_diameter_px: diameters?.largest ?? null,
    perpendicular_diameter_px: diameters?.perpendicular ?? null,
    pixels_per_mm: mm ?? null,
    area_mm2: mm ? area / mm ** 2 : null,
    largest_diameter_mm: mm && diameters ? diameters.largest / mm : null,
    perpendicular_diameter_mm: mm && diameters ? diameters.perpendicular / mm : null,
    mean_confidence: item.result.lesion.mean_confidence,
    predicted_jaccard: item.result.lesion.predicted_jaccard ?? null,
    model: item.result.model.name,
    model_sha256: item.result.model.sha256,
  };
}

const svgFile = (item) => outline.toSvg(
    item.contours, item.result.image.width, item.result.image.height, `Lentigo: ${item.name}`);
const geoJsonFile = (item) => `${JSON.stringify(outline.toGeoJson(item.contours, properties(item)), null, 1)}\n`;

function csv(rows) {
  const cell = (value) => (/[",\n]/.test(value ?? '') ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ''));
  return rows.length
      ? `${[Object.keys(rows[0]), ...rows.map(Object.values)].map((row) => row.map(cell).join(',')).join('\n')}\n`
      : '';
}

async function everything(done) {
  const files = [];
  const rows = [];
  const taken = new Set();
  for (const item of done) {
    let name = stem(item.name);
    for (let i = 2; taken.has(name); i++) name = `${stem(item.name)}-${i}`;
    taken.add(name);
    files.push(
        [`${name}_mask.png`, await maskFile(item)],
        [`${name}_overlay.jpg`, await overlayFile(item)],
        [`${name}.svg`, svgFile(item)],
        [`${name}.geojson`, geoJsonFile(item)]);
    rows.push(properties(item));
  }
  files.push(['measurements.csv', csv(rows)]);
  return zip(files);
}

async function print(item) {
  byId('print-name').textContent = item.name;
  const image = byId('print-image');
  const address = URL.createObjectURL(await overlayFile(item));
  image.src = address;
  image.alt = `${item.name} with its outline`;
  byId('print-facts').replaceChildren(...facts(item).map(([label, value, remark]) =>
      element('tr', {}, element('th', {textContent: label, scope: 'row'}),
          element('td', {textContent: value}), element('td', {textContent: remark}))));
  byId('print-note').textContent = `${isEdited(item) ? 'The outline was edited by hand. ' : ''}Printed ${new Date().toLocaleString()}.`;
  await image.decode();
  window.addEventListener('afterprint', () => URL.revokeObjectURL(address), {once: true});
  window.print();
}

/** Runs a download; a failure is told beside the photo. */
async function deliver(button, make) {
  button.disabled = true;
  byId('error').hidden = true;
  try {
    await make(current);
  } catch (e) {
    byId('error').textContent = e.message;
    byId('error').hidden = false;
  } finally {
    button.disabled = false;
  }
}

// ---- wiring

function wire() {
  const on = (id, type, listener) => byId(id).addEventListener(type, listener);
  for (const id of ['choose', 'add']) on(id, 'click', () => byId('files').click());
  on('files', 'change', () => {
    addFiles(byId('files').files);
    byId('files').value = '';
  });
  document.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) addFiles(event.clipboardData.files);
  });
  let depth = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
  const over = (change) => (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = Math.max(0, depth + change);
    byId('dropping').hidden = depth === 0;
  };
  document.addEventListener('dragenter', over(1));
  document.addEventListener('dragleave', over(-1));
  document.addEventListener('dragover', over(0));
  document.addEventListener('drop', async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    byId('dropping').hidden = true;
    showTab('photos');
    addFiles(await dropped(event.dataTransfer));
  });

  for (const button of document.querySelectorAll('button[data-tool]')) {
    button.addEventListener('click', () => setTool(button.dataset.tool));
  }
  on('undo', 'click', () => undo('undo', 'redo', 'Undone'));
  on('redo', 'click', () => undo('redo', 'undo', 'Redone'));
  on('reset', 'click', () => edit(current.found));
  on('grow', 'click', () => viewer.grow(1));
  on('shrink', 'click', () => viewer.grow(0));
  on('zoom-in', 'click', () => viewer.zoomBy(1.25));
  on('zoom-out', 'click', () => viewer.zoomBy(0.8));
  on('fit', 'click', () => viewer.fit());
  on('split', 'input', () => {
    viewer.setSplit(byId('split').value / 100);
    tellSplit();
  });
  on('opacity', 'input', () => {
    viewer.opacity = byId('opacity').value / 100;
    viewer.draw();
  });
  on('brush', 'input', setBrush);
  on('length', 'change', () => setScale(current.linePixels / byId('length').value));
  on('ppm', 'change', () => setScale(Number(byId('ppm').value)));
  on('scale-all', 'click', () => {
    items.forEach((item) => {
      item.perMm = current.perMm;
    });
    say('Scale used for all photos');
  });
  on('remove', 'click', () => remove(current));

  const deliveries = {
    'get-mask': async (item) => {
      download(`${stem(item.name)}_mask.png`, await maskFile(item));
      item.unsaved = false;
    },
    'get-overlay': async (item) => download(`${stem(item.name)}_overlay.jpg`, await overlayFile(item)),
    'get-svg': (item) => download(`${stem(item.name)}.svg`, svgFile(item), 'image/svg+xml'),
    'get-geojson': (item) => download(`${stem(item.name)}.geojson`, geoJsonFile(item), 'application/geo+json'),
    'get-print': print,
    'get-zip': async () => {
      const done = items.filter(({state}) => state === 'done');
      download('lentigo.zip', await everything(done));
      for (const item of done) item.unsaved = false;
    },
  };
  for (const [id, make] of Object.entries(deliveries)) on(id, 'click', () => deliver(byId(id), make));

  const tabs = [...document.querySelectorAll('[role=tab]')];
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => showTab(tab.getAttribute('aria-controls')));
    tab.addEventListener('keydown', ({key}) => {
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
      const other = tabs[(i + 1) % tabs.length];
      showTab(other.getAttribute('aria-controls'));
      other.focus();
    });
  });
  on('help-open', 'click', () => byId('help').showModal());
  const letters = byId('letters');
  letters.checked = localStorage.getItem('letters') !== 'off';
  letters.addEventListener('change', () => localStorage.setItem('letters', letters.checked ? 'on' : 'off'));
  document.addEventListener('keydown', shortcut);
  window.addEventListener('beforeunload', (event) => {
    if (items.some(({unsaved}) => unsaved)) event.preventDefault();
  });
}

function showTab(id) {
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const chosen = tab.getAttribute('aria-controls') === id;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = !chosen;
  }
  if (id === 'photos') camera.stop();
}

function shortcut(event) {
  if (document.querySelector('dialog[open]') || event.altKey) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === 'z' && current && !event.target.matches('input[type=number]')) {
      event.preventDefault();
      if (event.shiftKey) undo('redo', 'undo', 'Redone');
      else undo('undo', 'redo', 'Undone');
    }
    return;
  }
  if (event.target.matches('input:not([type=range]), select') || !byId('letters').checked) return;
  if (!byId('camera').hidden) {
    if (key === 'f' && camera.running) camera.freeze();
    return;
  }
  const tool = {v: 'move', p: 'points', b: 'paint', e: 'erase', l: 'scale'}[key];
  const step = {j: 1, k: -1}[key];
  if (key === '?') byId('help').showModal();
  else if (key === 'o') byId('files').click();
  else if (!current) return;
  else if (tool) setTool(tool);
  else if (step) {
    const next = items[items.indexOf(current) + step];
    if (next) select(next);
  } else if (key === 'g') viewer.grow(event.shiftKey ? 0 : 1);
  else if (key === '+' || key === '=') viewer.zoomBy(1.25);
  else if (key === '-') viewer.zoomBy(0.8);
  else if (key === '0') viewer.fit();
}

const camera = new Camera({
  onKeep: (blob, name) => {
    addFiles([new File([blob], name, {type: blob.type})]);
    showTab('photos');
    select(items[items.length - 1]);
    byId('tab-photos').focus();
  },
  onSay: say,
});

async function greet() {
  server = await api.models();
  const [model] = server.models;
  byId('model').textContent = `${model.name} · ${(model.parameters / 1e6).toFixed(2)} M parameters`;
  byId('privacy').textContent = server.stores
      ? 'Results are kept on the server: it was started with --store.'
      : 'Photos go to the Lentigo program that serves this page and nowhere else; nothing is stored.';
}

wire();
tellSplit();
greet().catch((e) => {
  byId('privacy').textContent = e.message;
});
