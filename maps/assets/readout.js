// What a click reads: the minutes that the assessment computed for the nearest of its points, and what lies near.
const UNREACHED = 65535;
const NO_FIELD = 65534;
const NOBODY = 65535;
const reading = { state: 'waiting', done: null };

function phrase(key, values) {
  return data.phrases[key].replace(/\{(\w+)\}/g, (all, name) => (values && values[name] !== undefined ? values[name] : all));
}

async function unpacked(text) {
  const binary = atob(text);
  const raw = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) raw[i] = binary.charCodeAt(i);
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint16Array(await new Response(stream).arrayBuffer());
}

// Unpacked once, after the page is first painted; a browser without DecompressionStream says that it is too old.
function unpackReading() {
  if (!data.reading) reading.state = 'none';
  else if (!('DecompressionStream' in window)) reading.state = 'old';
  if (reading.state !== 'waiting') return Promise.resolve(reading.state);
  reading.done ??= fillReading().catch(() => 'old').then((state) => {
    reading.state = state;
    return state;
  });
  return reading.done;
}

async function fillReading() {
  const { points } = data.reading;
  const names = ['col', 'row', 'minutes', 'low', 'high', 'station', 'zone', 'township'];
  const [field, ...columns] = await Promise.all([data.reading.minutes, ...names.map((name) => points[name])].map(unpacked));
  reading.field = field;
  reading.points = Object.fromEntries(names.map((name, place) => [name, columns[place]]));
  const [west, north, east, south] = points.box;
  const spread = (values, low, high) => Float32Array.from(values, (v) => low + ((high - low) * v) / 65535);
  reading.points.col = spread(reading.points.col, west, east);
  reading.points.row = spread(reading.points.row, north, south);
  return 'ready';
}

// Column and row of the field at a longitude and latitude: the polynomials that came with it.
function cellsAt(lng, lat) {
  const { fit } = data.reading;
  const x = (lng - fit.lon[0]) / fit.lon[1];
  const y = (lat - fit.lat[0]) / fit.lat[1];
  const [col, row] = [rowOfTerms(fit.col, y), rowOfTerms(fit.row, y)].map((terms) => terms.reduceRight((sum, term) => sum * x + term, 0));
  return { col, row };
}

// The polynomial in longitude that is left where the latitude is known.
function rowOfTerms(coefficients, y) {
  const degree = 5;
  const terms = new Array(degree + 1).fill(0);
  let at = 0;
  let power = 1;
  for (let j = 0; j <= degree; j += 1) {
    for (let i = 0; i <= degree - j; i += 1, at += 1) terms[i] += coefficients[at] * power;
    power *= y;
  }
  return terms;
}

function cellOf(col, row) {
  const { rows, cols } = data.reading;
  const [c, r] = [Math.floor(col), Math.floor(row)];
  return c < 0 || r < 0 || c >= cols || r >= rows ? -1 : r * cols + c;
}

function nearestPoint(col, row) {
  const { col: cols, row: rows } = reading.points;
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < cols.length; i += 1) {
    const away = (cols[i] - col) ** 2 + (rows[i] - row) ** 2;
    if (away < least) [best, least] = [i, away];
  }
  return { place: best, cells: Math.sqrt(least) };
}

function nearestNamed(list, col, row) {
  let best = null;
  for (const [name, c, r, off] of list) {
    const km = Math.hypot(c - col, r - row) * data.reading.cell_km;
    if (!best || km < best.km) best = { name, km, off: off || 0 };
  }
  return best;
}

function minutesOf(code) {
  if (code === UNREACHED) return Infinity;
  return code === NO_FIELD ? null : code / 100;
}

function inRing(lng, lat, ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [x, y] = ring[i];
    const [u, v] = ring[j];
    if (y > lat !== v > lat && lng < ((u - x) * (lat - y)) / (v - y) + x) inside = !inside;
  }
  return inside;
}

function areaRightAt(features, lng, lat) {
  return features.findIndex(({ geometry }) => {
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    return parts.some(([outer, ...holes]) => inRing(lng, lat, outer) && !holes.some((hole) => inRing(lng, lat, hole)));
  });
}

// The area of a place, or -1. Borders are drawn simplified: in a gap between two of them the area beside counts.
function areaAt(features, lng, lat) {
  if (!data.bounds) return -1;
  const [[south, west], [north, east]] = data.bounds;
  const step = Math.max(north - south, east - west) / 2000;
  const around = [[0, 0], [step, 0], [-step, 0], [0, step], [0, -step]].map(([x, y]) => areaRightAt(features, lng + x, lat + y));
  return around.find((area) => area >= 0) ?? -1;
}

function countyAt(lng, lat) {
  return areaAt(data.counties, lng, lat);
}

// All that is known of a place, or null outside the study.
function readAt({ lat, lng }) {
  const county = countyAt(lng, lat);
  if (county < 0) return null;
  const { col, row } = cellsAt(lng, lat);
  const cell = cellOf(col, row);
  const code = cell < 0 ? NO_FIELD : reading.field[cell];
  const { place, cells } = nearestPoint(col, row);
  const centre = code === NO_FIELD ? Infinity : Math.hypot(col - Math.floor(col) - 0.5, row - Math.floor(row) - 0.5);
  const atPoint = place >= 0 && cells <= centre;
  const found = { county, atPoint, point: place < 0 ? null : pointAt(place, cells) };
  found.minutes = atPoint ? found.point.minutes : minutesOf(code);
  found.station = place < 0 ? null : stationOf(place, col, row);
  found.hospital = nearestNamed(data.reading.nearest.hospital, col, row);
  found.primary = nearestNamed(data.reading.nearest.primary, col, row);
  found.goals = found.minutes === null ? [] : data.reading.goals.filter((goal) => holdsAt(goal, county, found.point)).map((goal) => ({ goal, within: goal.strict ? found.minutes < goal.limit : found.minutes <= goal.limit }));
  return found;
}

function pointAt(place, cells) {
  const { minutes, low, high, zone, township } = reading.points;
  return { km: cells * data.reading.cell_km, minutes: minutesOf(minutes[place]), low: minutesOf(low[place]), high: minutesOf(high[place]), zone: zone[place], township: data.reading.points.townships[township[place]] };
}

function stationOf(place, col, row) {
  const number = reading.points.station[place];
  const station = number === NOBODY ? null : data.reading.stations[number];
  if (!station) return null;
  const [name, c, r] = station;
  return { name, km: c === null ? null : Math.hypot(c - col, r - row) * data.reading.cell_km };
}

function holdsAt(goal, county, point) {
  if (goal.county !== undefined) return goal.county === county;
  return goal.zone === undefined || (point !== null && goal.zone === point.zone);
}

function minutesText(minutes) {
  if (minutes === null) return '–';
  if (minutes === Infinity) return say('unreachable');
  return phrase(minutes >= 655.3 ? 'over' : 'minutes', { n: minutes >= 655.3 ? 655 : minutes.toFixed(1) });
}


function straight(found) {
  if (!found) return '';
  if (found.km === null) return found.name;
  const off = found.off ? phrase('may-be-off', { km: found.off }) : '';
  return phrase('straight', { name: found.name, km: found.km.toFixed(1) }) + off;
}

// The slow time stands for low speeds; it may be unreachable or beyond what is kept where the fast one is not.
function rangeText({ low, high }) {
  if (Math.max(low, high) < 655.3) return phrase('range', { low: low.toFixed(1), high: high.toFixed(1) });
  return phrase('range-words', { low: minutesText(low), high: minutesText(high) });
}

// Where the numbers come from: the point computed for, and for a cell the place with residents that gave the station.
function originText(found) {
  const { point } = found;
  if (!point) return phrase('from-cell', { m: Math.round(data.reading.cell_km * 1000) });
  const where = { km: point.km.toFixed(point.km < 0.95 ? 2 : 1), place: point.township ? phrase('in-place', { name: point.township }) : '', minutes: minutesText(point.minutes), range: rangeText(point), m: Math.round(data.reading.cell_km * 1000) };
  return phrase(found.atPoint ? 'from-point' : 'from-cell-and-point', where);
}

function goalLine({ goal, within }) {
  const rule = data.rules[goal.rule];
  const status = data.style.statuses.find((each) => each.key === (within ? 'met' : 'not-met'));
  return el('li', {}, el('b', { class: `sign ${status.key}` }, status.sign), ' ', phrase(within ? 'goal-within' : 'goal-beyond', { target: rule.verdicts[goal.verdict].target }), el('div', { class: 'small' }, rule.title));
}

function readingBody(found) {
  const lost = found.minutes === Infinity;
  const head = el('p', { class: 'reading' }, el('b', {}, minutesText(found.minutes)), ` ${lost ? '' : phrase('response-here')}`);
  const pairs = [[phrase('speeds'), found.atPoint && !lost ? rangeText(found.point) : ''], [phrase('station'), lost ? '' : straight(found.station)], [phrase('hospital'), straight(found.hospital)], [phrase('primary'), straight(found.primary)]];
  const goals = found.goals.length ? [el('ul', { class: 'goals' }, found.goals.map(goalLine)), el('p', { class: 'small' }, phrase('goals-are-means'))] : [];
  const why = lost ? el('p', {}, phrase('no-road')) : '';
  return [head, why, ...goals, facts(pairs), el('p', { class: 'small origin' }, originText(found))];
}

function problemPopup(title, words) {
  return el('div', { class: 'popup' }, title ? el('h2', {}, title) : '', el('p', {}, words));
}

// The popup of a place. What is asked for itself (people beyond the limit, counties coloured by a rule) comes first.
function placePopup(latlng, first) {
  const county = countyAt(latlng.lng, latlng.lat);
  if (county < 0) return first || problemPopup(phrase('outside'), phrase('outside-says'));
  const about = first || accessPopup(latlng, county) || countyPopup(county);
  if (reading.state === 'none') return about;
  if (reading.state === 'old') {
    about.append(el('p', { class: 'small' }, phrase('too-old')));
    return about;
  }
  const body = readingBody(readAt(latlng));
  if (first || ruleOfTheme() || accessTheme()) {
    about.append(el('details', { class: 'more' }, el('summary', {}, phrase('at-this-place')), body));
    return about;
  }
  const [name, ...figures] = about.childNodes;
  return el('div', { class: 'popup' }, name, body, el('details', { class: 'more' }, el('summary', {}, phrase('county-whole')), figures));
}

async function openReading(latlng, first) {
  if (reading.state === 'waiting') await unpackReading();
  const node = placePopup(latlng, first);
  openPopup(latlng, node);
  announce([node.querySelector('h2'), node.querySelector('.reading')].filter(Boolean).map((part) => part.textContent).join(': '));
}

// With the keyboard the middle of the map is read: the arrows move the map, Enter reads under the cross.
function watchReading() {
  const container = map.getContainer();
  container.addEventListener('keydown', (event) => {
    if (event.target !== container) return;
    container.classList.add('by-keys');
    if (event.key !== 'Enter') return;
    event.preventDefault();
    openReading(map.getCenter());
  });
  for (const happening of ['mousedown', 'focusout']) container.addEventListener(happening, () => container.classList.remove('by-keys'));
  requestAnimationFrame(() => setTimeout(unpackReading, 50));
}
