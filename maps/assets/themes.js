// How the map is coloured: by response time, by isochrones, or by the verdicts of one rule.
const themes = {};
const borders = { shown: true };

function makeThemes() {
  if (data.field) themes.field = L.imageOverlay(data.field.url, data.field.bounds, { pane: 'theme', className: 'field', opacity: 0.82, alt: '' });
  if (data.isochrones.length) {
    themes.isochrones = plainGeoJson(data.isochrones, 'theme', (f) => ({ color: '#fff', weight: 0.6, fillColor: f.properties.colour, fillOpacity: 0.8 }));
  }
}

function ruleOfTheme() {
  return view.theme.startsWith('rule-') ? data.rules[Number(view.theme.slice(5))] : null;
}

function verdictOf(countyPlace) {
  const rule = ruleOfTheme();
  if (!rule || rule.paint[countyPlace] === undefined) return null;
  return rule.verdicts[rule.paint[countyPlace]];
}

function countyStyle(feature) {
  const place = data.counties.indexOf(feature);
  const weight = shown.county === place ? 2.6 : 1.4;
  const style = { color: '#2b2b2b', weight: borders.shown ? weight : 0, fillColor: '#ffffff', fillOpacity: 0 };
  if (isDimmed(place)) return { ...style, color: '#8a8f98', fillOpacity: 0.78 };
  if (!ruleOfTheme()) return style;
  const verdict = verdictOf(place);
  if (!verdict) return { ...style, fillColor: '#ffffff', fillOpacity: 0.6 };
  if (verdict.screening) return { ...style, fillColor: `url(#hatch-${verdict.status})`, fillOpacity: 0.85 };
  return { ...style, fillColor: statusOf(verdict).colour, fillOpacity: 0.6 };
}

function statusOf(verdict) {
  return data.style.statuses.find((status) => status.key === verdict.status);
}

function setTheme(name) {
  for (const layer of Object.values(themes)) layer.remove();
  view.theme = name;
  if (themes[name]) themes[name].addTo(map);
  layers.counties.setStyle(countyStyle);
  redraw('names', makeNames);
  const picker = document.getElementById('theme');
  if (picker && picker.value !== name) picker.value = name;
  drawThemeLegend();
  for (const button of document.querySelectorAll('button.show-rule')) {
    button.setAttribute('aria-pressed', String(button.dataset.theme === name));
  }
  tell('theme');
}

// Chosen by a person: also said aloud.
function chooseTheme(name) {
  setTheme(name);
  const chosen = document.getElementById('theme').selectedOptions[0];
  announce(`${say('theme')}: ${chosen ? chosen.textContent : ''}`);
}

function firstTheme() {
  if (themes.field) return 'field';
  if (data.rules.length) return 'rule-0';
  return 'none';
}

function showSingle(id) {
  if (view.single) view.single.layer.remove();
  const same = view.single && view.single.id === id;
  view.single = null;
  if (same || !data.single[id]) return;
  const style = (f) => ({ color: '#a50f15', weight: 1.2, fillColor: f.properties.colour, fillOpacity: 0.6 });
  view.single = { id, layer: plainGeoJson(data.single[id], 'single', style).addTo(map) };
}

// Base maps are asked for only when the user picks one; the key lives in this closure.
const base = { kind: 'none', layers: [] };

function setBase(kind, key) {
  base.kind = kind;
  base.layers.forEach((layer) => layer.remove());
  base.layers = [];
  baseSays('');
  if (kind === 'osm') addBase('https://tile.openstreetmap.org/{z}/{x}/{y}.png', '© OpenStreetMap contributors');
  if (kind === 'tianditu' && key) for (const layer of ['vec', 'cva']) addBase(tianditu(layer, key), '天地图 Tianditu');
}

function tianditu(layer, key) {
  const query = `SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles`;
  return `https://t0.tianditu.gov.cn/${layer}_w/wmts?${query}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${encodeURIComponent(key)}`;
}

function addBase(url, attribution) {
  const layer = L.tileLayer(url, { maxZoom: 18, attribution, referrerPolicy: 'strict-origin-when-cross-origin' });
  layer.on('tileerror', () => baseSays(say('base-failed')));
  base.layers.push(layer.addTo(map));
}

function baseSays(words) {
  const node = document.getElementById('base-says');
  if (node) node.textContent = words;
}
