// Candidates of each row on the map, joined by lines; a click on one, or on a row of the list, shows the reasons.
const styles = Object.fromEntries(data.decisions.map((each) => [each.key, each]));
const borders = L.geoJSON(
  { type: 'FeatureCollection', features: data.counties },
  { interactive: false, style: { color: '#7a8494', weight: 1.2, fillColor: '#ffffff', fillOpacity: 0.7 } },
).addTo(map);
const groups = new Map();
let chosen = null;

function popup(row, place) {
  return el(
    'div',
    { class: 'popup' },
    el('h3', {}, row.name),
    el('p', {}, mark(place.decision), ` ${place.number}. ${place.provider}`),
    facts([
      [say('answer'), place.name],
      [say('address'), place.address],
      [say('trust'), place.trust],
      [say('precision'), place.precision],
      [say('place'), place.at],
      [say('why'), place.why],
    ]),
  );
}

function mark(key) {
  const style = styles[key];
  const sign = el('span', { class: 'sign', colour: style.colour, 'aria-hidden': 'true' }, style.sign);
  return el('span', { class: 'verdict-words' }, sign, ` ${style.words}`);
}

function drawRow(row) {
  const layer = L.layerGroup();
  const first = row.places[0];
  for (const place of row.places.slice(1)) {
    L.polyline([[first.lat, first.lon], [place.lat, place.lon]], {
      color: styles[place.decision].colour, weight: 2, dashArray: '5 5', opacity: 0.8, interactive: false, className: 'join',
    }).addTo(layer);
  }
  row.places.slice().reverse().forEach((place) => {
    const style = styles[place.decision];
    L.circleMarker([place.lat, place.lon], {
      radius: place === first ? 8 : 5, color: '#1d2430', weight: 1, fillColor: style.colour, fillOpacity: 0.9, className: `place ${place.decision}`,
    })
      .bindPopup(() => popup(row, place), { minWidth: 280, maxWidth: 340, maxHeight: 420 })
      .on('click', () => choose(row, false))
      .addTo(layer);
  });
  return layer;
}

function choose(row, move) {
  if (chosen) chosen.node.removeAttribute('aria-current');
  chosen = row;
  row.node.setAttribute('aria-current', 'true');
  row.node.scrollIntoView({ block: 'nearest' });
  if (!move || !row.places.length) return;
  groups.get(row).addTo(map);
  map.fitBounds(L.latLngBounds(row.places.map((p) => [p.lat, p.lon])).pad(0.3), { maxZoom: 15, animate: false });
}

function fillRow(row) {
  row.node = el(
    'article',
    { class: 'review-row' },
    el('button', { class: 'link', onclick: () => choose(row, true) }, row.name || say('no-name')),
    el('p', {}, mark(row.decision), ` ${row.where}`),
    row.stated ? el('p', { class: 'small' }, row.stated) : null,
    el('ul', { class: 'why' }, row.why.map((reason) => el('li', {}, reason))),
  );
  return row.node;
}

function show(key, visible) {
  for (const row of data.rows) {
    if (row.decision !== key) continue;
    row.node.hidden = !visible;
    if (visible) groups.get(row).addTo(map);
    else groups.get(row).remove();
  }
}

function fillFilters() {
  const home = document.getElementById('filters');
  for (const each of data.decisions) {
    const box = el('input', { type: 'checkbox', checked: true, onchange: (event) => show(each.key, event.target.checked) });
    home.append(el('label', {}, box, ' ', mark(each.key), ` ${each.count}`));
  }
}

for (const node of document.querySelectorAll('[data-text]')) node.textContent = say(node.dataset.text);
document.title = data.title;
document.getElementById('title').textContent = data.title;
document.getElementById('note').textContent = data.note;
document.getElementById('left-out').textContent = data.left_out;
map.attributionControl.setPrefix('Leaflet');
map.getContainer().setAttribute('aria-label', say('map-label'));
map.getContainer().setAttribute('role', 'application');
L.control.zoom({ position: 'topleft', zoomInTitle: say('zoom-in'), zoomOutTitle: say('zoom-out') }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
document.getElementById('rows').append(...data.rows.map(fillRow));
for (const row of data.rows) groups.set(row, drawRow(row).addTo(map));
fillFilters();
borders.bringToBack();
if (data.bounds) map.fitBounds(data.bounds, { animate: false });
