// The map: people as dots coloured by minutes or by their change, stations, sites, and a swipe between two scenarios.
const UNREACHED = 65535;
const view = { mode: 'change', chosen: null, split: 0.5 };
const deltas = new Map();

function bytes(text) {
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) out[i] = binary.charCodeAt(i);
  return out;
}

function unpackPoints(raw) {
  const [west, south, east, north] = raw.box;
  const scaled = (text, low, high) => Float64Array.from(new Uint16Array(bytes(text).buffer), (v) => low + ((high - low) * v) / 65535);
  const lon = scaled(raw.lon, west, east);
  const lat = scaled(raw.lat, south, north);
  const points = {
    count: raw.count, lon, lat, names: raw.names,
    residents: new Float32Array(bytes(raw.residents).buffer),
    minutes: new Uint16Array(bytes(raw.minutes).buffer),
    place: new Uint16Array(bytes(raw.place).buffer),
    x: new Float64Array(raw.count), y: new Float64Array(raw.count),
  };
  for (let i = 0; i < raw.count; i += 1) {
    const world = map.project([lat[i], lon[i]], 0);
    points.x[i] = world.x;
    points.y[i] = world.y;
  }
  return points;
}

const points = unpackPoints(data.points);

// The minutes of a scenario: the study's, with the packed differences put in.
function minutesOf(scenario) {
  if (!scenario || scenario.delta === undefined) return points.minutes;
  if (deltas.has(scenario)) return deltas.get(scenario);
  const minutes = points.minutes.slice();
  const packed = bytes(scenario.delta);
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = packed[at];
      at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  let index = 0;
  while (at < packed.length) {
    index += next();
    const signed = next();
    minutes[index] += signed % 2 ? -(signed + 1) / 2 : signed / 2;
  }
  if (deltas.size > 24) deltas.delete(deltas.keys().next().value);
  deltas.set(scenario, minutes);
  return minutes;
}

function timeColour(tenths) {
  if (tenths === UNREACHED) return data.style.unreachable.colour;
  const found = data.style.breaks.findIndex((limit) => tenths <= limit * 10);
  return data.style.times[found < 0 ? data.style.times.length - 1 : found].colour;
}

const HARDLY = (data.style.changes.length - 1) / 2;

function changeClass(before, after) {
  const limits = data.style.change_breaks;
  const change = (after - before) / 10;
  if (change <= 0) {
    const found = limits.findIndex((limit) => limit > 0 || change < limit);
    return found < HARDLY ? found : HARDLY;
  }
  for (let i = limits.length - 1; i >= HARDLY; i -= 1) if (change > limits[i]) return i + 1;
  return HARDLY;
}

function changeColour(before, after) {
  if (before === UNREACHED || after === UNREACHED) {
    if (before === after) return data.style.unreachable.colour;
    return (before === UNREACHED ? data.style.reached : data.style.cut_off).colour;
  }
  return data.style.changes[changeClass(before, after)].colour;
}

const Dots = L.Layer.extend({
  onAdd(owner) {
    this._canvas = L.DomUtil.create('canvas', 'dots leaflet-zoom-hide', owner.getPane('dots'));
    owner.on('moveend zoomend resize viewreset', this.draw, this);
    this.draw();
  },
  onRemove(owner) {
    owner.off('moveend zoomend resize viewreset', this.draw, this);
    this._canvas.remove();
  },
  draw() {
    const size = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    const canvas = this._canvas;
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    this._paint(pen, size);
  },
  _paint(pen, size) {
    const zoom = map.getZoom();
    const scale = 2 ** zoom;
    const origin = map.getPixelBounds().min;
    const kmPerPixel = (40075 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / 256 / scale;
    const side = Math.min(Math.max((data.points.spacing_km / kmPerPixel) * 1.03, 2.6), 26);
    const now = minutesOf(view.chosen);
    const before = points.minutes;
    const split = view.mode === 'swipe' ? size.x * view.split : 0;
    for (let i = 0; i < points.count; i += 1) {
      const x = points.x[i] * scale - origin.x;
      const y = points.y[i] * scale - origin.y;
      if (x < -side || y < -side || x > size.x + side || y > size.y + side) continue;
      if (view.mode === 'change') pen.fillStyle = changeColour(before[i], now[i]);
      else if (view.mode === 'today' || x < split) pen.fillStyle = timeColour(before[i]);
      else pen.fillStyle = timeColour(now[i]);
      const left = Math.round(x - side / 2);
      const top = Math.round(y - side / 2);
      pen.fillRect(left, top, Math.round(x + side / 2) - left, Math.round(y + side / 2) - top);
    }
  },
});

function nearestPoint(at) {
  const scale = 2 ** map.getZoom();
  const world = map.project(at);
  let best = -1;
  let least = 14 * 14;
  for (let i = 0; i < points.count; i += 1) {
    const dx = points.x[i] * scale - world.x;
    const dy = points.y[i] * scale - world.y;
    if (dx * dx + dy * dy < least) {
      least = dx * dx + dy * dy;
      best = i;
    }
  }
  return best;
}

const tenths = (value) => (value === UNREACHED ? say('unreachable') : `${(value / 10).toFixed(1)} ${say('min')}`);

function pointPopup(event) {
  const at = nearestPoint(event.latlng);
  if (at < 0) return;
  const before = points.minutes[at];
  const after = minutesOf(view.chosen)[at];
  const rows = [[say('people'), people(points.residents[at])], [say('today'), tenths(before)]];
  if (view.chosen && !view.chosen.error) rows.push([say('in-scenario'), tenths(after)]);
  const body = el('div', { class: 'popup' }, el('h3', {}, points.names[points.place[at]] || ''), facts(rows));
  L.popup({ minWidth: 200, maxWidth: 320 }).setLatLng([points.lat[at], points.lon[at]]).setContent(body).openOn(map);
}

function siteIcon(kind, sign, size) {
  const node = el('span', { class: `site ${kind}` }, el('i', { 'aria-hidden': 'true' }, sign));
  return L.divIcon({ className: 'site-holder', html: node, iconSize: [size, size] });
}

const SIGNS = { opened: '+', closed: '×', moved: '→', changed: '△', 'opened-other': '+', 'closed-other': '×', 'moved-other': '→' };

function drawSites() {
  layers.sites.clearLayers();
  if (!view.chosen || !view.chosen.sites || view.mode === 'today') return;
  for (const [name, lat, lon, what] of view.chosen.sites) {
    const title = `${say(`site-${what}`)}: ${name}`;
    const marker = L.marker([lat, lon], { icon: siteIcon(what, SIGNS[what], 24), title, keyboard: true, zIndexOffset: 1000 });
    marker.bindPopup(() => el('div', { class: 'popup' }, el('h3', {}, name), el('p', {}, say(`site-${what}`))));
    marker.addTo(layers.sites);
  }
}

const ROAD_STYLES = {
  closed: { color: '#111', dashArray: '7 5', weight: 3.2 },
  slower: { color: '#7a0177', weight: 2.4 },
  faster: { color: '#00573f', weight: 2.4 },
};
const MOST_SIGNS = 12;
const roadsOf = (scenario) => (scenario && scenario.roads !== undefined ? data.roads[scenario.roads] : []);
const roadKm = (km) => `${km < 10 ? km.toFixed(1) : people(km)} ${say('km')}`;

// [what, km drawn, km in all] of the changed roads of a scenario, closed ones first
function roadSums(scenario) {
  const sums = new Map();
  for (const [what, , , km, all] of roadsOf(scenario)) sums.set(what, [what, (sums.has(what) ? sums.get(what)[1] : 0) + km, all]);
  return [...sums.values()];
}

function roadPopup([what, speed, name, km]) {
  const rows = [[say('road-km'), roadKm(km)]];
  if (what !== 'closed') rows.unshift([say('road-speed'), `${speed} ${say('road-times')}`]);
  return el('div', { class: 'popup' }, el('h3', {}, name || say('road-unnamed')), el('p', {}, say(`road-${what}`)), facts(rows));
}

// A short bridge is no line at all from afar: each closed road has a sign on its longest stretch.
function roadSign(line, at) {
  const title = `${say('road-closed')}: ${line[2] || say('road-unnamed')}`;
  const marker = L.marker(at, { icon: siteIcon('road-sign', '–', 18), title, keyboard: true, zIndexOffset: 900 });
  marker.bindPopup(() => roadPopup(line), { minWidth: 200 }).addTo(layers.roads);
}

function drawRoads() {
  layers.roads.clearLayers();
  if (view.mode === 'today') return;
  const named = new Set();
  for (const line of roadsOf(view.chosen)) {
    const flat = line[5];
    const corners = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
    const common = { pane: 'roads', renderer: roadPen, bubblingMouseEvents: false };
    L.polyline(corners, { ...common, color: '#fff', weight: 6, opacity: 0.85, interactive: false }).addTo(layers.roads);
    L.polyline(corners, { ...common, ...ROAD_STYLES[line[0]], className: `changed-road ${line[0]}` }).bindPopup(() => roadPopup(line), { minWidth: 200 }).addTo(layers.roads);
    if (line[0] === 'closed' && named.size < MOST_SIGNS && !named.has(line[2])) {
      named.add(line[2]);
      roadSign(line, corners[Math.floor(corners.length / 2)]);
    }
  }
}

// Every place where some scenario opens a station: a click switches to the best of them.
function drawCandidates() {
  const seen = new Map();
  for (const scenario of data.scenarios) {
    for (const [name, lat, lon, what] of scenario.sites || []) {
      const key = `${lat} ${lon}`;
      if (what === 'opened' && !seen.has(key)) seen.set(key, { name, lat, lon, scenario });
    }
  }
  if (seen.size < 2) return;
  const renderer = L.canvas({ pane: 'candidates', padding: 0.2 });
  for (const site of seen.values()) {
    L.circleMarker([site.lat, site.lon], { renderer, radius: 3.6, weight: 1.4, color: '#1d2430', fillColor: '#fff', fillOpacity: 0.95, bubblingMouseEvents: false })
      .on('click', () => choose(site.scenario))
      .addTo(layers.candidates);
  }
  layers.candidates.addTo(map);
}

const roadPen = L.svg({ pane: 'roads', padding: 0.3 });
const layers = { dots: new Dots(), roads: L.layerGroup(), sites: L.layerGroup(), candidates: L.layerGroup(), stations: L.layerGroup(), names: L.layerGroup() };

function makeMap() {
  const panes = [['dots', 250], ['borders', 300], ['candidates', 420], ['roads', 425], ['stations', 430], ['names', 590]];
  for (const [name, zIndex] of panes) {
    map.createPane(name).style.zIndex = zIndex;
    if (name !== 'candidates' && name !== 'roads') map.getPane(name).style.pointerEvents = 'none';
  }
  map.attributionControl.setPrefix('Leaflet');
  if (data.osm) map.attributionControl.addAttribution('© OpenStreetMap contributors');
  map.getContainer().setAttribute('aria-label', say('map-label'));
  map.getContainer().setAttribute('role', 'application');
  L.control.zoom({ position: 'topleft', zoomInTitle: say('zoom-in'), zoomOutTitle: say('zoom-out') }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 160, position: 'bottomright' }).addTo(map);
  const beside = map.getSize().x > 640 ? 235 : 16; // the legend
  if (data.bounds) map.fitBounds(data.bounds, { paddingTopLeft: [beside, 24], paddingBottomRight: [20, 30], animate: false });
  layers.dots.addTo(map);
  const style = { color: '#2b2b2b', weight: 1.4, fill: false };
  if (data.counties.length) L.geoJSON(data.counties, { pane: 'borders', renderer: L.svg({ pane: 'borders', padding: 0.3 }), interactive: false, style }).addTo(map);
  for (const county of data.counties) {
    const node = el('span', { class: 'county-name' }, county.properties.name);
    L.marker(county.properties.at, { icon: L.divIcon({ className: 'name-holder', html: node, iconSize: [0, 0] }), pane: 'names', interactive: false, keyboard: false }).addTo(layers.names);
  }
  layers.names.addTo(map);
  const renderer = L.svg({ pane: 'stations', padding: 0.3 });
  for (const [, lat, lon] of data.stations) {
    L.circleMarker([lat, lon], { pane: 'stations', renderer, radius: 4.5, weight: 1.5, color: '#fff', fillColor: '#a50f15', fillOpacity: 1, interactive: false, className: 'station' }).addTo(layers.stations);
  }
  layers.stations.addTo(map);
  drawCandidates();
  layers.roads.addTo(map);
  layers.sites.addTo(map);
  map.on('click', pointPopup);
}
