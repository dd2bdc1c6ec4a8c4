// The slider of minutes: how many residents are reached within them, and where on the map that is.
const LIMIT_COLOURS = { within: '#b8e3c4', beyond: '#bd7b5c' };
const limit = { minutes: 30, cells: null, frame: 0, still: null, stillTimer: 0 };

// Residents within each limit, of the whole study or of one county (its position), or of one zone there (0, 1 or -1).
function peopleOf(county, zone) {
  const parts = data.reach.parts.filter((part) => (county === null || part.county === county) && (zone === undefined || part.zone === zone));
  const sum = (name) => parts.reduce((total, part) => total + part[name], 0);
  const sums = (name) => Array.from({ length: data.reach.last + 1 }, (_, minute) => parts.reduce((total, part) => total + part[name][minute], 0));
  return { residents: sum('residents'), unreachable: sum('unreachable'), within: sums('within'), low: sums('low'), high: sums('high') };
}

// The county that the page is narrowed to (its position), or null.
function chosenCounty() {
  return shown.county ?? null;
}

function share(part, whole) {
  return whole > 0 ? part / whole : 0;
}

function percent(value) {
  return `${(100 * value).toFixed(1)}%`;
}

function wholeNumber(value) {
  return Math.round(value).toLocaleString('en');
}

function countLine(county) {
  const people = peopleOf(county);
  const name = county === null ? phrase('whole-study') : data.counties[county].properties.name;
  if (!people.residents) return el('p', {}, phrase('nobody', { name }));
  const of = (name) => percent(share(people[name][limit.minutes], people.residents));
  const counts = { within: wholeNumber(people.within[limit.minutes]), residents: wholeNumber(people.residents) };
  const range = el('span', { class: 'small' }, phrase('count-range', { low: of('low'), high: of('high') }));
  return el('p', { class: county === null ? 'count-whole' : 'count-county' }, phrase('count-of', { name }), el('b', {}, of('within')), phrase('count', counts), range);
}

function countLines() {
  const county = chosenCounty();
  return [null, county].slice(0, county === null ? 1 : 2).map(countLine);
}

function sayLimit() {
  const slider = document.getElementById('limit');
  if (!slider) return;
  document.getElementById('limit-label').textContent = phrase('limit', { n: limit.minutes });
  document.getElementById('limit-says').replaceChildren(...countLines());
  slider.value = limit.minutes;
  slider.setAttribute('aria-valuetext', [phrase('minutes', { n: limit.minutes }), document.querySelector('#limit-says b')?.textContent].filter(Boolean).join(', '));
}

// Sets the limit; with `show` the map is coloured by it.
function setLimit(minutes, show) {
  limit.minutes = Math.min(Math.max(Math.round(minutes), 0), data.reach.last);
  sayLimit();
  if (show && view.theme !== 'limit' && themes.limit) setTheme('limit');
  else drawThemeLegend();
  cancelAnimationFrame(limit.frame);
  limit.frame = requestAnimationFrame(() => {
    paintLimit();
    tell('limit');
  });
}

function fillLimit() {
  const card = document.getElementById('limit-card');
  const slider = el('input', { type: 'range', id: 'limit', min: 0, max: data.reach.last, step: 1, value: limit.minutes });
  slider.addEventListener('input', () => setLimit(Number(slider.value), true));
  const hadFocus = card.contains(document.activeElement);
  card.replaceChildren(el('label', { for: 'limit', id: 'limit-label' }), slider, el('div', { id: 'limit-says' }));
  if (hadFocus) slider.focus();
  if (!('DecompressionStream' in window)) card.append(el('p', { class: 'small' }, phrase('too-old')));
  sayLimit();
}

function makeLimit() {
  if (!data.reach.parts.length) return;
  limit.minutes = Math.min(Math.max(Math.round(data.unserved.minutes), 0), data.reach.last);
  const control = L.control({ position: 'bottomright' });
  control.onAdd = () => {
    const card = el('section', { id: 'limit-card', class: 'card' });
    L.DomEvent.disableClickPropagation(card);
    L.DomEvent.disableScrollPropagation(card);
    return card;
  };
  control.addTo(map);
  fillLimit();
  listen('language', fillLimit);
  listen('county', sayLimit);
}

// A layer that is drawn into: Leaflet's image layer around a canvas.
const CanvasOverlay = L.ImageOverlay.extend({
  _initImage() {
    const canvas = document.createElement('canvas');
    canvas.className = `leaflet-image-layer field${this._zoomAnimated ? ' leaflet-zoom-animated' : ''}`;
    this._image = canvas;
  },
  _initEvents() {},
});

function makeLimitTheme() {
  if (!data.field || !data.reading || !('DecompressionStream' in window)) return;
  themes.limit = new CanvasOverlay('', data.field.bounds, { pane: 'theme', opacity: 0.82 });
  themes.limit.on('add', () => prepareLimit().then(paintLimit));
  themes.limit.on('remove', dropStill);
}

// A canvas does not print well: once the slider rests a picture of it lies behind, which is seen on paper only.
function dropStill() {
  clearTimeout(limit.stillTimer);
  if (limit.still) limit.still.remove();
  limit.still = null;
}

function keepStill() {
  dropStill();
  limit.stillTimer = setTimeout(() => {
    const picture = themes.limit.getElement().toDataURL();
    limit.still = L.imageOverlay(picture, data.field.bounds, { pane: 'theme', className: 'field paper-only', opacity: 0.82, alt: '' }).addTo(map);
  }, 400);
}

// Which cell of the field each pixel shows. The image of the response time says which pixels lie in a county.
async function prepareLimit() {
  if ((await unpackReading()) !== 'ready' || limit.cells) return;
  const image = new Image();
  image.src = data.field.url;
  await image.decode();
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = el('canvas', { width, height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, width, height).data;
  const [[south, west], [north, east]] = data.field.bounds;
  const { cellOfPixel } = pixelGrid({ width, height, south, west, north, east });
  const cells = new Int32Array(width * height).fill(-1);
  for (let y = 0, at = 0; y < height; y += 1) {
    const inLine = cellOfPixel(y);
    for (let x = 0; x < width; x += 1, at += 1) if (pixels[4 * at + 3]) cells[at] = inLine(x);
  }
  Object.assign(limit, { cells, width, height });
}

// The image is even in Web Mercator: a line of pixels has one latitude.
function pixelGrid({ width, height, south, west, north, east }) {
  const { fit } = data.reading;
  const up = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  const [top, bottom] = [up(north), up(south)];
  const cellOfPixel = (y) => {
    const lat = (2 * Math.atan(Math.exp(top + ((bottom - top) * (y + 0.5)) / height)) - Math.PI / 2) * (180 / Math.PI);
    const v = (lat - fit.lat[0]) / fit.lat[1];
    const [a, b] = [rowOfTerms(fit.col, v), rowOfTerms(fit.row, v)];
    return (x) => {
      const u = (west + ((east - west) * (x + 0.5)) / width - fit.lon[0]) / fit.lon[1];
      let col = 0;
      let row = 0;
      for (let i = a.length - 1; i >= 0; i -= 1) {
        col = col * u + a[i];
        row = row * u + b[i];
      }
      return cellOf(col, row);
    };
  };
  return { cellOfPixel };
}

function packedColour(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return new Uint32Array(new Uint8Array([r, g, b, 255]).buffer)[0];
}

function paintLimit() {
  if (view.theme !== 'limit' || !limit.cells) return;
  const canvas = themes.limit.getElement();
  if (canvas.width !== limit.width) Object.assign(canvas, { width: limit.width, height: limit.height });
  const context = canvas.getContext('2d');
  const image = context.createImageData(limit.width, limit.height);
  const out = new Uint32Array(image.data.buffer);
  const [within, beyond] = [LIMIT_COLOURS.within, LIMIT_COLOURS.beyond].map(packedColour);
  const hatch = data.style.unreachable.colours.map(packedColour);
  const most = limit.minutes * 100;
  for (let at = 0; at < out.length; at += 1) {
    const cell = limit.cells[at];
    if (cell < 0) continue;
    const code = reading.field[cell];
    if (code < NO_FIELD) out[at] = code <= most ? within : beyond;
    else if (code === UNREACHED) out[at] = hatch[((at % limit.width) + Math.floor(at / limit.width)) % 8 < 2 ? 1 : 0];
  }
  context.putImageData(image, 0, 0);
  keepStill();
}

// Beside the colours on paper, where the slider is not, stand its counts.
function limitLegend(onPaper) {
  const n = limit.minutes;
  const items = [swatch(LIMIT_COLOURS.within, phrase('within-n', { n })), swatch(LIMIT_COLOURS.beyond, phrase('beyond-n', { n })), swatch('', data.style.unreachable.label, 'hatched')];
  return [el('h3', {}, phrase('theme-limit')), el('ul', { class: 'swatches' }, items), ...(onPaper ? countLines() : [])];
}
