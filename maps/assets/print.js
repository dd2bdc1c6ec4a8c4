// The page on paper (A4, upright): the map with title and legend on the first sheet, then verdicts, figures and sources
// as plain lists. Made just before printing, gone after it.
const SHEET = { width: 686, height: 1010, least: 320 }; // CSS pixels within the margins
const paper = { nodes: [], view: null };
// A canvas that is drawn on just before printing is white where it should be clear: on paper its layers are SVG.
const ON_PAPER = { roads: () => makeRoads(false), townships: () => makeTownships(false), unserved: () => L.layerGroup(makeCircles(new FineSvg({ pane: 'unserved' }))) };

function onPaper(verdict) {
  return isShown(verdict) && (shown.kind === null || kindOf(verdict) === shown.kind);
}

function filterOnPaper() {
  const counted = data.summary.find((each) => kindOf(each) === shown.kind);
  const parts = [countyName(), counted && `${counted.sign} ${counted.words}`].filter(Boolean);
  return parts.length ? el('p', {}, el('b', {}, say('paper-filtered')), parts.join(' · ')) : '';
}

function paperHead() {
  const { title, note, plans, dates } = data.head;
  const counts = [...document.querySelectorAll('#summary .count')].map((button) => button.cloneNode(true));
  return el('header', { class: 'paper paper-head' }, el('h1', {}, title), note ? el('p', { class: 'note' }, note) : '', el('p', { class: 'small' }, [plans, dates].filter(Boolean).join(' · ')), el('div', { class: 'summary' }, counts.map((count) => el('span', { class: count.className }, [...count.childNodes]))), filterOnPaper());
}

function paperKey() {
  const theme = el('div', {});
  drawThemeLegend(theme);
  const on = overlays().filter((each) => each.on);
  const key = el('ul', { class: 'overlays' }, on.map((each) => el('li', {}, each.symbol, el('span', {}, each.label))));
  const sources = data.sources.map((s) => `${s.layer}: ${s.source}`).join(' · ');
  return el('section', { class: 'paper paper-key' }, el('div', { class: 'columns' }, theme, key), el('p', { class: 'small' }, `${say('paper-projection')} · ${sources}`));
}

// Units with the same answer stand in one line.
function paperLines(rule) {
  const lines = new Map();
  for (const verdict of rule.verdicts.filter(onPaper)) {
    const same = [kindOf(verdict), verdict.value, verdict.target, verdict.people, verdict.turned].join('|');
    if (!lines.has(same)) lines.set(same, { verdict, units: [] });
    lines.get(same).units.push(verdict.unit);
  }
  return [...lines.values()].map(({ verdict, units }) => {
    const more = [verdict.turned, verdict.people].filter(Boolean).join(' · ');
    const where = el('td', {}, units.join(data.lang === 'zh' ? '、' : ', '), more ? el('div', { class: 'small' }, more) : '');
    return [where, el('td', {}, `${verdict.sign} ${verdict.words}`), el('td', {}, verdict.value), el('td', {}, verdict.target)];
  });
}

function paperRule(place) {
  const rule = data.rules[place];
  const lines = paperLines(rule);
  if (!lines.length) return '';
  const goal = el('th', { rowspan: lines.length, scope: 'rowgroup' }, el('b', {}, rule.title), el('div', { class: 'small' }, `${rule.rule} · ${rule.citation}`));
  return el('tbody', {}, lines.map((cells, nth) => el('tr', {}, nth ? '' : goal, cells)));
}

function paperVerdicts() {
  const heads = () => ['paper-rule', 'paper-unit', 'paper-verdict', 'paper-value', 'paper-target'].map((key) => el('th', { scope: 'col' }, say(key)));
  return data.topics.list.map((topic) => {
    const bodies = rulesOf(topic).map(paperRule).filter(Boolean);
    if (!bodies.length) return '';
    const title = data.topics.list.length > 1 ? `${say('tab-verdicts')} · ${topic.label}` : say('tab-verdicts');
    return el('section', {}, el('h2', {}, title), el('table', { class: 'paper-verdicts' }, el('thead', {}, el('tr', {}, heads())), bodies));
  });
}

// The panel's other parts, unfolded, without what only a screen can do.
function paperCopy(id) {
  const copy = document.getElementById(id).cloneNode(true);
  const part = el('section', { class: `paper-${id}` }, el('h2', {}, say(`tab-${id}`)), [...copy.childNodes]);
  for (const fold of part.querySelectorAll('details')) fold.open = true;
  for (const button of part.querySelectorAll('button')) button.replaceWith(...button.childNodes);
  return part;
}

function paperRest() {
  const screening = data.rules.some((rule) => rule.verdicts.some((v) => v.screening)) ? [el('p', { class: 'small' }, say('screening-note'))] : [];
  const basis = data.basis.map((said) => el('p', { class: 'small hint' }, said));
  const settle = toSettleNode();
  if (settle) settle.open = true;
  fillCharts();
  const others = ['figures', 'charts', 'data', 'parameters'].map(paperCopy);
  return el('div', { class: 'paper paper-rest' }, screening, basis, paperVerdicts(), settle, ledgerNode(), others);
}

// As high as what it shows is, and as the sheet has room for.
function paperMapHeight(bounds, taken) {
  const [one, other] = [bounds.getNorthWest(), bounds.getSouthEast()].map((corner) => map.project(corner, 10));
  const natural = (SHEET.width * (other.y - one.y)) / (other.x - one.x);
  return Math.max(SHEET.least, Math.min(natural + 40, SHEET.height - taken));
}

function boundsOnPaper() {
  const whole = shown.county === null ? data.bounds && L.latLngBounds(data.bounds) : L.geoJSON(data.counties[shown.county]).getBounds();
  const seen = map.getBounds();
  return whole && seen.contains(whole) ? whole : seen;
}

function layOutPaper() {
  if (paper.view) return;
  const container = map.getContainer();
  const bounds = boundsOnPaper();
  paper.view = { centre: map.getCenter(), zoom: map.getZoom() };
  const [head, key, rest] = [paperHead(), paperKey(), paperRest()];
  paper.nodes = [head, key, rest];
  container.before(head);
  container.after(key, rest);
  container.style.width = `${SHEET.width}px`;
  container.style.height = `${paperMapHeight(bounds, head.offsetHeight + key.offsetHeight + 24)}px`;
  map.invalidateSize({ animate: false, pan: false });
  map.fitBounds(bounds, { padding: [10, 10], animate: false });
  paper.swapped = Object.keys(ON_PAPER).filter((name) => layers[name] && isOn(name));
  for (const name of paper.swapped) layers[name].remove();
  paper.layers = paper.swapped.map((name) => ON_PAPER[name]().addTo(map));
}

function clearPaper() {
  if (!paper.view) return;
  const { centre, zoom } = paper.view;
  paper.nodes.forEach((node) => node.remove());
  paper.layers.forEach((layer) => layer.remove());
  for (const name of paper.swapped) layers[name].addTo(map);
  map.getContainer().style.width = '';
  map.getContainer().style.height = '';
  paper.view = null;
  map.invalidateSize({ animate: false, pan: false });
  map.setView(centre, zoom, { animate: false });
}

function watchPrint() {
  document.getElementById('print').addEventListener('click', () => window.print());
  window.addEventListener('beforeprint', layOutPaper);
  window.addEventListener('afterprint', clearPaper);
}
