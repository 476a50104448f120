// The page: takes photos in, has them outlined, shows and measures them, and hands out files.

import * as api from './api.js';
import {download} from './files.js';
import {Camera} from './live.js';
import * as outline from './outline.js';
import {
  decoded, dicomFile, everything, facts, geoJsonFile, isDicom, isEdited, maskFile, measured, overlayFile, percent,
  perMm, pixels, spoken, stem, svgFile, warnings,
} from './photo.js';
import * as store from './store.js';
import {Viewer} from './viewer.js';

const AT_A_TIME = 2;
const THUMB = 72;
const byId = (id) => document.getElementById(id);

/**
 * The photos, in the order they came: {file, name, state: 'waiting'|'working'|'done'|'failed',
 * result, found (contours as found), contours (as edited), undo, redo, line, perMm, unsaved; of the
 * browser's storage: id, unkept (what is not written yet), writing, lost (why it is not), gone}.
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
      type.startsWith('image/') || /\.(jpe?g|png|tiff?|webp|bmp|gif)$/i.test(name) || isDicom({type, name}));
  const others = files.length - photos.length;
  for (const file of photos) keep(addItem({file, name: file.name || 'pasted.png'}));
  say(`${count(photos.length)} added`
      + (others ? `, ${others} other files left out` : ''));
  if (!photos.length) return;
  if (!current) select(items[items.length - photos.length]);
  work();
}

function addItem(known) {
  const item = {state: 'waiting', undo: [], redo: [], ...known};
  items.push(item);
  addToList(item);
  byId('empty').hidden = true;
  byId('work').hidden = false;
  return item;
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
      // What an earlier visit made of the photo is better than nothing.
      item.state = item.result ? 'done' : 'failed';
      item.error = e.message;
      item.tokenless = e instanceof api.NoToken;
      if (!item.gone) say(`${item.name}: ${e.message}`);
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
  const edited = isEdited(item) ? item.contours : null;
  item.result = result;
  item.found = outline.fromServer(result.lesion.contours);
  item.contours = edited ?? item.found;
  await setThumb(item, picture ?? await decoded(item));
  picture?.close();
  item.state = 'done';
  if (item.gone) return;
  say(`${item.name}: ${spoken(item)}`);
  keep(item);
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

// ---- keeping them in this browser

/** Writes down what there is of the photo: one write at a time, and one more for all that came since. */
async function keep(item) {
  item.unkept = true;
  if (item.writing) return;
  item.writing = true;
  try {
    while (item.unkept && !item.gone) {
      item.unkept = false;
      item.id ??= await store.add(item.file, item.name);
      const {result, line, linePixels, perMm} = item;
      await store.save(item.id, {
        result, line, linePixels, perMm, contours: isEdited(item) ? item.contours : null,
      });
    }
    item.lost = null;
    if (item.gone && item.id) await store.remove(item.id);
  } catch (e) {
    item.unkept = true;
    item.lost = e ?? new Error('the browser does not say why');
  }
  item.writing = false;
  showKeeping();
}

function showKeeping() {
  const lost = items.filter((item) => item.lost);
  byId('keeping').classList.toggle('error', lost.length > 0);
  const [reason, which] = lost.length === 0 ? [] : [
    lost[0].lost.name === 'QuotaExceededError'
        ? 'This browser has no room left'
        : `This browser keeps nothing (${lost[0].lost.name})`,
    lost.length === items.length ? 'these photos' : `${lost.length} of these photos`,
  ];
  byId('keeping').textContent = reason
      ? `${reason}: a reload of the page loses ${which} or their edits.`
      : 'Kept in this browser only, with your edits, until you forget them.';
}

const count = (photos) => `${photos} ${photos === 1 ? 'photo' : 'photos'}`;

/** What the browser kept of the last visit. */
async function restore() {
  let kept;
  try {
    kept = await store.all();
  } catch {
    return; // It keeps nothing, which is said once there are photos.
  }
  const restored = kept.map(({id, file, name, made}) => addItem({id, file, name, ...remade(made)}));
  if (!restored.length) return;
  if (!current) select(restored[0]);
  say(`${count(restored.length)} of the last visit`);
  renew();
  work();
  for (const item of restored.filter(({state}) => state === 'done')) {
    // One after the other, as decoded photos are large.
    const picture = await createImageBitmap(item.file).catch(() => null);
    if (picture) await setThumb(item, picture);
    picture?.close();
  }
}

/** As it was; nothing, and the photo is outlined anew, where there was no outline yet. */
function remade(made) {
  if (!made?.result) return {};
  const {result, contours, line, linePixels, perMm} = made;
  const found = outline.fromServer(result.lesion.contours);
  return {state: 'done', result, found, contours: contours ?? found, line, linePixels, perMm};
}

/** Has photos outlined anew that another model, or more views or looks, outlined at the last visit; edits stay. */
function renew() {
  if (!server) return;
  const [now] = server.models;
  for (const item of items) {
    const {sha256, views, looks} = item.result?.model ?? now;
    if (item.state === 'done' && (sha256 !== now.sha256 || views !== now.views || looks !== now.looks)) {
      item.state = 'waiting';
      showState(item);
    }
  }
}

/** Empties the page, here and in other tabs, and what the browser keeps. */
async function forgetAll() {
  showNote('');
  forgetItems();
  tabs.postMessage('forget');
  try {
    await store.clear();
    say('All photos are forgotten');
  } catch (e) {
    showNote(`The browser’s storage could not be emptied (${e?.name}). If it kept photos before, clear this site’s data in the browser’s settings.`);
  }
}

function forgetItems() {
  for (const item of items) {
    item.gone = true;
    item.entry.remove();
  }
  items.length = 0;
  current = null;
  showNothing();
}

/** Other tabs of this browser with this page. */
const tabs = new BroadcastChannel('lentigo');
tabs.onmessage = forgetItems;

function showNote(text) {
  byId('note').textContent = text;
  byId('note').hidden = !text;
}

// ---- the list

function addToList(item) {
  const button = element('button', {className: 'entry', title: item.name},
      element('span', {className: 'thumb'}),
      element('span', {className: 'entry-name', textContent: item.name}), ' ',
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
  item.gone = true;
  if (item.id) store.remove(item.id).catch((e) => showNote(`The browser could not forget ${item.name} (${e?.name}).`));
  showKeeping();
  current = null;
  if (items.length) select(items[Math.min(index, items.length - 1)]);
  else showNothing();
}

/** No photo, and nothing of those there were. */
function showNothing() {
  viewer.picture?.close?.();
  viewer.show(null, 1, 1, [], null);
  viewer.item = null;
  byId('work').hidden = true;
  byId('empty').hidden = false;
  byId('name').textContent = 'Photo';
  byId('canvas').setAttribute('aria-label', 'Photo');
  delete byId('canvas').dataset.shown;
  for (const id of ['facts', 'warnings', 'print-name', 'print-facts', 'print-note']) byId(id).replaceChildren();
  byId('print-image').removeAttribute('src');
  byId('print-image').alt = '';
  if (!byId('photos').hidden) byId('choose').focus();
}

// ---- showing the current photo

const viewer = new Viewer(byId('canvas'), {
  onEdit: (contours) => edit(contours),
  onLength: (length, line) => {
    if (viewer.item !== current) return;
    current.line = line;
    current.linePixels = length;
    keep(current);
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
  if (!item.entry.querySelector('.thumb canvas')) setThumb(item, picture);
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
  const told = done ? warnings(item) : [];
  byId('warnings').hidden = !told.length;
  byId('warnings').replaceChildren(...told.map((text) => element('li', {textContent: text})));
  byId('get-zip').disabled = !items.some(({state}) => state === 'done');
  byId('facts').replaceChildren(...(done ? facts(item) : []).map(([label, value, remark]) =>
      element('div', {}, element('dt', {textContent: label}),
          element('dd', {}, element('span', {className: 'value', textContent: value}),
              ...(remark ? [element('span', {className: 'remark', textContent: remark})] : [])))));
  byId('edited').hidden = !done || !isEdited(item);
  byId('undo').disabled = !item.undo.length;
  byId('redo').disabled = !item.redo.length;
  for (const id of ['get-seg', 'get-report']) {
    byId(id).hidden = !isDicom({type: item.file.type, name: item.name});
    byId(id).disabled = !done || isEdited(item);
    byId(id).title = isEdited(item) ? 'DICOM objects hold the outline as it was found: reset it first' : '';
  }
  byId('reset').disabled = !done || !isEdited(item);
  byId('length').disabled = !done || !item.line;
  const scale = done ? perMm(item) : undefined;
  byId('length').value = item.line && scale ? Number((item.linePixels / scale).toPrecision(4)) : '';
  byId('ppm').value = scale ? Number(scale.toPrecision(5)) : '';
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
  keep(current);
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
  keep(current);
  showPanel();
}

function tellSplit() {
  byId('split').setAttribute('aria-valuetext', `${byId('split').value} percent`);
}

// ---- files

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
      item.perMm = perMm(current);
      keep(item);
    });
    say('Scale used for all photos');
  });
  on('remove', 'click', () => remove(current));
  const asked = byId('forget-all');
  on('forget', 'click', () => {
    byId('forget-text').textContent = `${count(items.length)} and all edits go from this page, from its other tabs and from what the browser keeps. They cannot be brought back.`;
    asked.returnValue = '';
    asked.showModal();
  });
  asked.addEventListener('close', () => {
    if (asked.returnValue === 'forget') forgetAll();
  });
  on('token-open', 'click', api.enterToken);

  const deliveries = {
    'get-mask': async (item) => {
      download(`${stem(item.name)}_mask.png`, await maskFile(item));
      item.unsaved = false;
    },
    'get-overlay': async (item) => download(`${stem(item.name)}_overlay.jpg`, await overlayFile(item)),
    'get-svg': (item) => download(`${stem(item.name)}.svg`, svgFile(item), 'image/svg+xml'),
    'get-geojson': (item) => download(`${stem(item.name)}.geojson`, geoJsonFile(item), 'application/geo+json'),
    'get-seg': async (item) => download(`${stem(item.name)}_seg.dcm`, await dicomFile(item, 'segmentation')),
    'get-report': async (item) => download(`${stem(item.name)}_report.dcm`, await dicomFile(item, 'report')),
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
  letters.checked = store.inBrowser.get('letters') !== 'off';
  letters.addEventListener('change', () => store.inBrowser.set('letters', letters.checked ? 'on' : 'off'));
  document.addEventListener('keydown', shortcut);
  window.addEventListener('beforeunload', (event) => {
    if (items.some(({unsaved, unkept, writing}) => unsaved && (unkept || writing))) event.preventDefault();
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
      : 'Photos go to the Lentigo program that serves this page and nowhere else; it stores nothing.';
  renew();
  work();
}

function greetOrSay() {
  greet().catch((e) => {
    if (!(e instanceof api.NoToken)) byId('privacy').textContent = e.message;
  });
}

api.onToken((has) => {
  byId('tokenless').hidden = has;
  if (!has) return;
  greetOrSay();
  for (const item of items.filter(({tokenless}) => tokenless)) {
    Object.assign(item, {state: 'waiting', tokenless: false, error: undefined});
    showState(item);
  }
  if (current) showCurrent();
  work();
});

wire();
tellSplit();
greetOrSay();
restore();
