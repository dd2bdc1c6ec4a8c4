// What lies on the map whatever its colouring: roads, borders, names, unserved people, facilities.
const layers = {};
const view = { theme: 'none', single: null, ring: null };

function pane(name, zIndex) {
  const node = map.createPane(name);
  node.style.zIndex = zIndex;
  node.style.pointerEvents = 'none';
}

function makePanes() {
  pane('theme', 250);
  pane('counties', 300);
  pane('townships', 340);
  pane('roads', 360);
  pane('single', 380);
  pane('unserved', 400);
  pane('names', 590);
  map.getPane('counties').style.pointerEvents = '';
}

function plainGeoJson(features, name, style, canvas) {
  const renderer = canvas ? L.canvas({ pane: name, padding: 0.3 }) : L.svg({ pane: name, padding: 0.3 });
  return L.geoJSON(features, { pane: name, renderer, interactive: false, style });
}

function makeRoads(canvas = true) {
  return plainGeoJson(data.roads.lines, 'roads', (f) => ({ color: '#4a4a4a', weight: f.properties.width, opacity: 0.65 }), canvas);
}

function makeTownships(canvas = true) {
  return plainGeoJson(data.townships, 'townships', () => ({ color: '#6b5b45', weight: 0.7, opacity: 0.8, dashArray: '2 3', fill: false }), canvas);
}

function makeCounties() {
  return L.geoJSON(data.counties, { pane: 'counties', renderer: L.svg({ pane: 'counties', padding: 0.3 }), style: countyStyle });
}

function makeNames() {
  const group = L.layerGroup();
  data.counties.forEach((county, place) => {
    const verdict = verdictOf(place);
    const node = el('span', { class: `county-name${isDimmed(place) ? ' dimmed' : ''}` }, el('span', { class: 'cut' }, county.properties.name));
    if (verdict) node.append(el('b', { class: `sign ${verdict.status}` }, verdict.sign));
    const icon = L.divIcon({ className: 'name-holder', html: node, iconSize: [0, 0] });
    L.marker(county.properties.at, { icon, pane: 'names', interactive: false, keyboard: false }).addTo(group);
  });
  return group;
}

// The area of a circle stands for its residents. All circles together cover at most a thirtieth of the study's
// extent as first shown, so that ten thousand places do not hide the map; they grow as one zooms in.
const circles = { perPerson: 0, layers: [] };
const LARGEST_CIRCLE = 20;

function scaleCircles() {
  circles.zoom = map.getZoom();
  if (!data.bounds || !data.unserved.circles.length) return;
  const zoom = map.getZoom();
  const corners = data.bounds.map((corner) => map.project(corner, zoom));
  const area = Math.abs((corners[1].x - corners[0].x) * (corners[1].y - corners[0].y));
  const residents = data.unserved.circles.reduce((sum, circle) => sum + circle[2], 0);
  const most = (9 * 9) / data.unserved.circles[0][2];
  circles.perPerson = Math.min(area / 30 / Math.PI / residents, most);
  circles.zoom = zoom;
}

function circleRadius(residents) {
  const steps = map.getZoom() - circles.zoom;
  const growth = 2 ** (steps > 0 ? 0.7 * steps : steps);
  return Math.min(Math.max(Math.sqrt(residents * circles.perPerson) * growth, 0.3), LARGEST_CIRCLE);
}

// Leaflet's canvas rounds a radius to whole pixels, never under one: thousands of small circles would fill the map.
const FineCanvas = L.Canvas.extend({
  _updateCircle(layer) {
    if (!this._drawing || layer._empty()) return;
    this._ctx.beginPath();
    this._ctx.arc(layer._point.x, layer._point.y, layer._radius, 0, 2 * Math.PI);
    this._fillStroke(this._ctx, layer);
  },
});

const FineSvg = L.SVG.extend({
  _updateCircle(layer) {
    const { x, y } = layer._point;
    const r = layer._radius;
    this._setPath(layer, layer._empty() ? 'M0 0' : `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`);
  },
});

function makeCircles(renderer) {
  const style = { pane: 'unserved', renderer, interactive: false, color: '#fff', fillColor: data.style.unserved };
  return data.unserved.circles.map((c) => {
    const radius = circleRadius(c[2]);
    return L.circleMarker([c[0], c[1]], { ...style, fillOpacity: circleOpacity(c), radius, weight: 0.8, stroke: radius > 3 });
  });
}

function makeUnserved() {
  circles.layers = makeCircles(new FineCanvas({ pane: 'unserved', padding: 0.2 }));
  return L.layerGroup(circles.layers);
}

// Outside the chosen county the circles fade.
function circleOpacity(circle) {
  return shown.county === null || data.unserved.names[circle[4]] === countyName() ? 0.6 : 0.12;
}

function dimCircles() {
  circles.layers.forEach((layer, place) => { layer.options.fillOpacity = circleOpacity(data.unserved.circles[place]); });
  resizeCircles();
}

// Sizes change with the zoom; set on the options and drawn once, not one by one.
function resizeCircles() {
  circles.layers.forEach((layer, place) => {
    const radius = circleRadius(data.unserved.circles[place][2]);
    layer.options.radius = radius;
    layer._radius = radius;
    layer.options.stroke = radius > 3;
  });
  if (layers.unserved && map.hasLayer(layers.unserved)) {
    layers.unserved.remove();
    layers.unserved.addTo(map);
  }
}

function markNode(group, acting) {
  return el('span', { class: `mark ${group.shape}${acting ? '' : ' hollow'}`, colour: group.colour }, el('i', {}, group.letter));
}

// Facilities known only to the same point (a county seat) stand round it, not on top of each other.
function fanOut(marks) {
  const here = new Map();
  for (const mark of marks) {
    const key = mark.at.join();
    if (!here.has(key)) here.set(key, []);
    here.get(key).push(mark);
  }
  for (const crowd of here.values()) {
    const radius = crowd.length > 1 ? Math.max(11, (crowd.length * 21) / (2 * Math.PI)) : 0;
    crowd.forEach((mark, place) => {
      const angle = (2 * Math.PI * place) / crowd.length - Math.PI / 2;
      mark.shift = [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
  }
}

function makeMarks() {
  const size = data.marks.length > 400 ? 12 : 19;
  for (const group of data.style.groups) {
    const own = data.marks.filter((mark) => mark.group === group.key);
    if (!own.length) continue;
    const layer = L.layerGroup();
    for (const mark of own) {
      const icon = L.divIcon({
        className: `mark-holder${size < 15 ? ' tiny' : ''}`,
        html: markNode(group, group.key !== 'emergency' || mark.acts),
        iconSize: [size, size],
        iconAnchor: [size / 2 - mark.shift[0], size / 2 - mark.shift[1]],
        popupAnchor: [mark.shift[0], mark.shift[1] - size / 2],
      });
      const marker = L.marker(mark.at, { icon, mark, title: mark.name, keyboard: true, riseOnHover: true, zIndexOffset: group.key === 'emergency' ? 500 : 0 });
      marker.on('click keypress', () => Object.assign(marker.getPopup().options, popupOptions()));
      marker.bindPopup(() => markPopup(mark, group), popupOptions());
      marker.on('add', () => markIsOn(marker, mark, group));
      marker.on('popupopen', () => showUncertainty(mark, group));
      marker.on('popupclose', hideUncertainty);
      marker.addTo(layer);
    }
    layers[`group-${group.key}`] = layer;
  }
}

// The marks that are on the map now: their node and what they stand for.
function marksOnMap() {
  const found = [];
  for (const group of data.style.groups) {
    const layer = layers[`group-${group.key}`];
    if (layer && map.hasLayer(layer)) layer.eachLayer((marker) => found.push({ icon: marker.getElement(), mark: marker.options.mark }));
  }
  return found;
}

function markIsOn(marker, mark, group) {
  const icon = marker.getElement();
  icon.setAttribute('aria-label', `${group.label}: ${mark.name}`);
  icon.tabIndex = -1;
  dimMark(icon, mark);
}

function showUncertainty(mark, group) {
  hideUncertainty();
  if (!mark.km) return;
  const style = { pane: 'single', interactive: false, color: group.colour, weight: 1.5, dashArray: '4 4', fillOpacity: 0.06 };
  view.ring = L.circle(mark.at, { ...style, renderer: L.svg({ pane: 'single' }), radius: mark.km * 1000 }).addTo(map);
}

function hideUncertainty() {
  if (view.ring) view.ring.remove();
  view.ring = null;
}

function makeLayers() {
  layers.counties = makeCounties().addTo(map);
  if (data.roads.lines.length) layers.roads = makeRoads().addTo(map);
  if (data.townships.length) layers.townships = makeTownships();
  if (data.unserved.circles.length) layers.unserved = makeUnserved();
  if (layers.unserved && data.unserved.shown) layers.unserved.addTo(map);
  map.on('zoomend', resizeCircles);
  layers.names = makeNames().addTo(map);
  fanOut(data.marks);
  makeMarks();
  for (const group of data.style.groups) {
    if (layers[`group-${group.key}`]) layers[`group-${group.key}`].addTo(map);
  }
}

// In another language the marks have other letters and names.
function remakeMarks() {
  map.closePopup();
  const groups = data.style.groups.map((group) => `group-${group.key}`).filter((name) => layers[name]);
  const on = groups.filter((name) => map.hasLayer(layers[name]));
  for (const name of groups) layers[name].remove();
  makeMarks();
  for (const name of on) layers[name].addTo(map);
}

function redraw(name, make) {
  const shown = layers[name] && map.hasLayer(layers[name]);
  if (layers[name]) layers[name].remove();
  layers[name] = make();
  if (shown) layers[name].addTo(map);
}
