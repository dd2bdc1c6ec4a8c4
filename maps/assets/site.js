// The proposal on the map: who is newly reached, what stands, what is chosen and nearly chosen.
const STATES = [
  { key: 'map-was', colour: '#9fb3c8' },
  { key: 'map-gained', colour: '#009e73' },
  { key: 'map-lost', colour: '#7b3294' },
  { key: 'map-beyond', colour: '#e7298a' },
];
document.title = data.document;
for (const node of document.querySelectorAll('[data-text]')) node.textContent = say(node.getAttribute('data-text'));
const put = (id, said) => { document.getElementById(id).textContent = said; };
put('study', data.study);
put('title', data.title);
put('h-said', say('map-proposal'));
put('h-sites', say('map-chosen'));
put('h-table', say('map-table'));
if (data.note) { put('note', data.note); document.getElementById('note').hidden = false; }
document.getElementById('said').append(...data.said.map((said) => el('p', {}, said)));

map.attributionControl.setPrefix('Leaflet');
if (data.osm) map.attributionControl.addAttribution('© OpenStreetMap contributors');
map.getContainer().setAttribute('aria-label', say('map-label'));
map.getContainer().setAttribute('role', 'application');
L.control.zoom({ position: 'topleft', zoomInTitle: say('zoom-in'), zoomOutTitle: say('zoom-out') }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
const grounds = map.createPane('grounds');
grounds.style.zIndex = 300;
L.geoJSON(
  { type: 'FeatureCollection', features: data.counties },
  { pane: 'grounds', interactive: false, style: { color: '#7a8494', weight: 1.4, fillColor: '#ffffff', fillOpacity: 0.75 } },
).addTo(map);

const canvas = L.canvas({ padding: 0.3 });
const most = Math.max(1, ...data.points.map((point) => point[2]));
// The gained are drawn last, so that nothing hides them.
for (const state of [0, 3, 2, 1]) {
  for (const [lat, lon, weight, kind] of data.points) {
    if (kind !== state) continue;
    L.circleMarker([lat, lon], {
      renderer: canvas, interactive: false, stroke: false, fillColor: STATES[state].colour, fillOpacity: state === 0 ? 0.55 : 0.8,
      radius: (data.points.length < 300 ? 5 : 1.2) + 5 * Math.sqrt(weight / most),
    }).addTo(map);
  }
}
for (const at of data.candidates) {
  L.circleMarker(at, { renderer: canvas, interactive: false, radius: 1.6, color: '#4d4d4d', weight: 0.8, fillColor: '#fff', fillOpacity: 1 }).addTo(map);
}

function marker(at, node, name, zIndexOffset) {
  const icon = L.divIcon({ className: 'holder', html: node, iconSize: [22, 22], iconAnchor: [11, 11] });
  return L.marker(at, { icon, zIndexOffset, alt: name, title: name }).addTo(map);
}

for (const one of data.standing) {
  const what = say(one.closed ? 'map-closed' : 'map-standing');
  marker(one.at, el('span', { class: `standing${one.closed ? ' closed' : ''}` }), one.name, one.closed ? -200 : 0).bindPopup(() =>
    el('div', {}, el('h3', {}, one.name), el('p', {}, what)),
  );
}
const list = document.getElementById('sites');
for (const site of data.sites.slice().reverse()) {
  const badge = () => el('span', { class: `badge ${site.what}` }, site.number);
  const popup = () => el('div', {}, el('h3', {}, site.name), el('p', {}, say(`map-${site.what}`)), facts(site.facts));
  const pin = marker(site.at, badge(), site.name, site.number ? 1000 : 500).bindPopup(popup, { minWidth: 240 });
  const open = () => { map.setView(site.at, Math.max(map.getZoom(), 11), { animate: false }); pin.openPopup(); };
  list.prepend(el('li', {}, badge(), ' ', el('button', { class: 'link', type: 'button', onclick: open }, site.name)));
}

// The curve: value against number of new ones, a ring where it bends.
function drawn(points) {
  const NS = 'http://www.w3.org/2000/svg';
  const put = (parent, kind, attributes, said) => {
    const node = document.createElementNS(NS, kind);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (said !== undefined) node.textContent = said;
    return parent.appendChild(node);
  };
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('viewBox', '0 0 400 170');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', say('curve'));
  svg.setAttribute('class', 'curve');
  const values = points.map((point) => point[1]);
  const [first, last] = [points[0][0], points[points.length - 1][0]];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (number) => 70 + (310 * (number - first)) / Math.max(1, last - first);
  const y = (value) => 140 - (120 * (value - low)) / (high - low || 1);
  const shown = (value) => (high >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
  put(svg, 'path', { d: 'M70 14V140H386', class: 'axis' });
  for (const value of high > low ? [low, high] : [low]) put(svg, 'text', { x: 64, y: y(value) + 4, 'text-anchor': 'end' }, shown(value));
  for (const number of last > first ? [first, last] : [first]) put(svg, 'text', { x: x(number), y: 158, 'text-anchor': 'middle' }, String(number));
  put(svg, 'polyline', { points: points.map((point) => `${x(point[0])},${y(point[1])}`).join(' '), class: 'line' });
  for (const [number, value, bends] of points) {
    put(svg, 'circle', { cx: x(number), cy: y(value), r: 3, class: 'point' });
    if (!bends) continue;
    put(svg, 'circle', { cx: x(number), cy: y(value), r: 8, class: 'bend' });
    put(svg, 'text', { x: x(number), y: 158, 'text-anchor': 'middle', class: 'bend' }, String(number));
  }
  return svg;
}

const counts = STATES.map((_, kind) => data.points.some((point) => point[3] === kind));
const legend = [
  [el('span', { class: 'badge chosen' }, '1'), 'map-chosen', data.sites.some((one) => one.what === 'chosen')],
  [el('span', { class: 'badge nearly' }), 'map-nearly', data.sites.some((one) => one.what === 'nearly')],
  [el('span', { class: 'standing' }), 'map-standing', data.standing.some((one) => !one.closed)],
  [el('span', { class: 'standing closed' }), 'map-closed', data.standing.some((one) => one.closed)],
  [el('span', { class: 'dot tiny', colour: '#4d4d4d' }), 'map-candidate', data.candidates.length > 0],
  ...STATES.map((state, kind) => [el('span', { class: 'dot', colour: state.colour }), state.key, counts[kind]]),
];
const legendBox = L.control({ position: 'bottomright' });
legendBox.onAdd = () => el('div', { class: 'legend' }, el('h2', {}, say('map-legend')), el('ul', {}, legend.filter((row) => row[2]).map(([mark, key]) => el('li', {}, mark, say(key)))), el('p', { class: 'small' }, data.points_note));
legendBox.addTo(map);
function fill(id, table, marked = () => false) {
  document.getElementById(id).append(
    el('thead', {}, el('tr', {}, table.heads.map((head) => el('th', { scope: 'col' }, head)))),
    el('tbody', {}, table.rows.map((row, at) => el('tr', marked(at) ? { class: 'marked' } : {}, row.map((cell) => el('td', {}, cell))))),
  );
}
fill('table', data.table, (at) => at === 0);
function reveal(id, title) {
  put(`h-${id}`, title);
  document.getElementById(id).hidden = false;
}
if (data.curve) {
  reveal('curve', say('curve'));
  const values = data.curve.table.rows.map((row) => row[data.curve.table.rows[0].length - 1]);
  fill('curve-table', data.curve.table, (at) => values[at] !== '');
  document.getElementById('h-curve').after(drawn(data.curve.drawn));
}
if (data.choices) {
  reveal('choices', say('choices'));
  fill('choices-table', data.choices);
  document.getElementById('choices-table').classList.add('words');
}
map.fitBounds(data.bounds, { paddingTopLeft: [20, 20], paddingBottomRight: [map.getSize().x > 800 ? 230 : 20, 20], animate: false });
