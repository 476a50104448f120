// One photo of the page (see `items` in app.js): its measures, and the files made of it.

import * as api from './api.js';
import {maskPng, zip} from './files.js';
import * as outline from './outline.js';
import {strokePath} from './viewer.js';

const NOTICE = 'An outline and its measurements. Not a diagnosis, and no substitute for one.';

/** What a canvas can draw of the photo; the server reads what the browser cannot. */
export async function decoded(item) {
  try {
    return await createImageBitmap(item.file);
  } catch {
    item.readable ??= await api.segment(item.file, item.name, 'image/jpeg', '?outline=none');
    return createImageBitmap(item.readable);
  }
}

export function isEdited(item) {
  return item.contours !== item.found;
}

export function measured(item) {
  if (item.measuredOf !== item.contours) {
    item.measuredOf = item.contours;
    const area = outline.area(item.contours);
    item.measures = {
      area,
      share: area / (item.result.image.width * item.result.image.height),
      parts: item.contours.filter(({hole}) => !hole).length,
      diameters: outline.diameters(item.contours),
      perimeter: outline.perimeter(item.contours),
    };
  }
  return item.measures;
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;
export const pixels = (value) => `${new Intl.NumberFormat('en', {maximumFractionDigits: 1}).format(value)} px`;
const digits = (value) => new Intl.NumberFormat('en', {maximumSignificantDigits: 3}).format(value);

export function spoken(item) {
  const {share, parts} = measured(item);
  return parts ? `lesion ${percent(share)} of the photo, ${parts} ${parts === 1 ? 'outline' : 'outlines'}` : 'no lesion found';
}

/** Pixels per millimetre: what was drawn or typed, else what the photo says of itself. */
export function perMm(item) {
  const own = item.result?.lesion.millimetres;
  return item.perMm ?? (own ? 1 / own.mm_per_pixel : undefined);
}

/** Whose word the scale is. */
function scaleSource(item) {
  if (item.perMm) return 'as you gave it';
  const {source, doubt} = item.result.lesion.millimetres;
  const by = {ruler: 'by a ruler in the photo', exif: 'by the photo’s EXIF resolution'}[source] ?? 'by the photo’s file';
  return doubt ? `${by}, ± ${digits(100 * doubt)} %` : by;
}

const COLOURS = {
  white: 'white', red: 'red', light_brown: 'light brown', dark_brown: 'dark brown', blue_grey: 'blue-grey', black: 'black',
};

/** The A, B and C of the outline as it was found; they describe, and score nothing. */
function described(item) {
  const found = item.result.lesion.measures;
  if (!found) return [];
  const as = isEdited(item) ? 'as found, ' : '';
  const colours = Object.entries(found.colours).filter(([, share]) => share >= 0.005).sort((a, b) => b[1] - a[1])
      .map(([name, share]) => `${COLOURS[name]} ${Math.round(100 * share)} %`);
  return [
    ['Asymmetry', `${percent(found.asymmetry_major)}, ${percent(found.asymmetry_minor)}`,
      `${as}mirrored at the longer axis, at the shorter`],
    ['Compactness', digits(found.compactness), `${as}1 for a disc`],
    ['Border dimension', found.fractal_dimension === null ? '–' : digits(found.fractal_dimension), `${as}fractal, 1 where smooth`],
    ['Notches', String(found.notches), `${as}deeper than 2 % of the diameter`],
    ['Colours', colours[0] ?? '–', as + colours.slice(1).join(', ')],
  ];
}

/** What the file and its photo are to be warned of, a sentence each. */
export function warnings(item) {
  const {warnings: ofFile, quality} = item.result;
  return quality?.advice ? [...ofFile, `${quality.advice[0].toUpperCase()}${quality.advice.slice(1)}.`] : ofFile;
}

/** Rows of [label, value, remark]. */
export function facts(item) {
  const {area, share, parts, diameters, perimeter} = measured(item);
  const {image, lesion, timings_ms: timings, model} = item.result;
  const mm = perMm(item);
  const length = (value) => [pixels(value), mm ? `${digits(value / mm)} mm` : ''];
  const rows = [
    ['Area', mm ? `${digits(area / mm ** 2)} mm²` : pixels(area).replace('px', 'px²'),
      mm ? pixels(area).replace('px', 'px²') : ''],
    ['Share of the photo', percent(share), ''],
  ];
  const [around, aroundMm] = length(perimeter);
  rows.push(['Perimeter', aroundMm || around, aroundMm && around]);
  for (const [label, key] of [['Largest diameter', 'largest'], ['Perpendicular', 'perpendicular'], ['Smallest diameter', 'smallest']]) {
    const [inPixels, inMm] = diameters ? length(diameters[key]) : ['–', ''];
    rows.push([label, inMm || inPixels, [inMm && inPixels, parts > 1 && 'across all outlines'].filter(Boolean).join(', ')]);
  }
  if (mm) rows.push(['Scale', `${digits(mm)} px/mm`, scaleSource(item)]);
  rows.push(...described(item));
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

export const stem = (name) => name.replace(/\.[^.]*$/, '') || 'photo';

export async function maskFile(item) {
  const {width, height} = item.result.image;
  return isEdited(item)
      ? maskPng(outline.fill(item.contours, width, height), width, height)
      : api.segment(item.file, item.name, 'image/png');
}

export async function overlayFile(item) {
  if (!isEdited(item)) return api.segment(item.file, item.name, 'image/jpeg');
  const {width, height} = item.result.image;
  const canvas = Object.assign(document.createElement('canvas'), {width, height});
  const c = canvas.getContext('2d');
  const picture = await decoded(item);
  c.drawImage(picture, 0, 0, width, height);
  picture.close();
  strokePath(c, new Path2D(outline.toSvgPath(item.contours)), outline.lineWidth(width, height));
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob
      ? resolve(blob)
      : reject(new Error('The photo is too large for this browser to draw.'))), 'image/jpeg', 0.92));
}

/** By type or name: browsers do not know its content. */
export const isDicom = ({type, name}) => type === 'application/dicom' || /\.(dcm|dicom|dic)$/i.test(name);

/** The segmentation or the report of a photo that is DICOM, as the server found it. */
export const dicomFile = (item, object) => api.segment(item.file, item.name, 'application/dicom', `?object=${object}`);

function properties(item) {
  const {area, share, parts, diameters, perimeter} = measured(item);
  const mm = perMm(item);
  // Those of the outline as it was found are none of an edited one.
  const found = isEdited(item) ? null : item.result.lesion.measures;
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
    smallest_diameter_px: diameters?.smallest ?? null,
    perimeter_px: perimeter,
    pixels_per_mm: mm ?? null,
    area_mm2: mm ? area / mm ** 2 : null,
    largest_diameter_mm: mm && diameters ? diameters.largest / mm : null,
    perpendicular_diameter_mm: mm && diameters ? diameters.perpendicular / mm : null,
    smallest_diameter_mm: mm && diameters ? diameters.smallest / mm : null,
    perimeter_mm: mm ? perimeter / mm : null,
    ...Object.fromEntries(['axis_angle_degrees', 'elongation', 'asymmetry_major', 'asymmetry_minor', 'compactness',
      'solidity', 'fractal_dimension', 'notches', 'deepest_notch_px'].map((name) => [name, found?.[name] ?? null])),
    ...Object.fromEntries(Object.keys(COLOURS).map((name) => [name, found?.colours[name] ?? null])),
    problem: item.result.quality?.problem ?? null,
    advice: item.result.quality?.advice ?? null,
    mean_confidence: item.result.lesion.mean_confidence,
    predicted_jaccard: item.result.lesion.predicted_jaccard ?? null,
    model: item.result.model.name,
    model_sha256: item.result.model.sha256,
  };
}

export const svgFile = (item) => outline.toSvg(
    item.contours, item.result.image.width, item.result.image.height, `Lentigo: ${item.name}`);
export const geoJsonFile = (item) => `${JSON.stringify(outline.toGeoJson(item.contours, properties(item)), null, 1)}\n`;

function csv(rows) {
  const cell = (value) => (/[",\n]/.test(value ?? '') ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ''));
  return rows.length
      ? `${[Object.keys(rows[0]), ...rows.map(Object.values)].map((row) => row.map(cell).join(',')).join('\n')}\n`
      : '';
}

/** Everything of all these photos. */
export async function everything(done) {
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
