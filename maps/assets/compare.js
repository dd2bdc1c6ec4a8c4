// Puts the page together: the views of the map, its legend, the tabs, and what happens when a scenario is chosen.
const MODES = ['today', 'scenario', 'change', 'swipe'];

function choose(scenario) {
  view.chosen = scenario;
  fillChosen();
  fillScenario();
  drawRows();
  drawChart();
  redraw();
}

function setMode(mode) {
  view.mode = mode;
  redraw();
}

function redraw() {
  layers.dots.draw();
  drawSites();
  drawRoads();
  drawLegend();
  const swiping = view.mode === 'swipe';
  swipe.hidden = !swiping;
  swipe.style.setProperty('--split', `${view.split * 100}%`);
  document.getElementById('map-says').textContent = mapSays();
}

function mapSays() {
  const scenario = view.chosen;
  if (view.mode === 'today' || !scenario) return say('said-today');
  if (scenario.error) return say('refused-map');
  if (scenario.delta === undefined) return say('not-drawn');
  if (!scenario.differs) return say('no-difference');
  if (scenario.delta === '') return say('no-times');
  if (view.mode === 'swipe') return `${say('today')} ◂ ▸ ${scenario.name}`;
  return view.mode === 'change' ? `${say('said-change')} ${scenario.name}` : scenario.name;
}

function swatches(entries) {
  return el('ul', {}, entries.map((entry) => el('li', {}, el('span', { class: 'swatch', colour: entry.colour }), entry.label)));
}

function roadLegend() {
  const sums = view.mode === 'today' ? [] : roadSums(view.chosen);
  if (!sums.length) return [];
  const entries = sums.map(([what, km, all]) => {
    const part = all > km * 1.01 + 0.05 ? ` · ${say('road-longest')}` : '';
    return el('li', {}, el('span', { class: `road-key ${what}` }), `${say(`road-${what}`)} ${roadKm(all)}${part}`);
  });
  return [el('h3', {}, say('legend-roads')), el('ul', {}, entries)];
}

function drawLegend() {
  const body = document.getElementById('legend-body');
  const style = data.style;
  const marks = [el('li', {}, el('span', { class: 'key station-key' }), say('site-station'))];
  const whats = new Set((view.chosen && view.chosen.sites ? view.chosen.sites : []).map((site) => site[3]));
  for (const what of Object.keys(SIGNS)) if (whats.has(what)) marks.push(el('li', {}, el('span', { class: `key site ${what}` }, el('i', {}, SIGNS[what])), say(`site-${what}`)));
  if (layers.candidates.getLayers().length) marks.push(el('li', {}, el('span', { class: 'key candidate-key' }), say('site-candidate')));
  const isChange = view.mode === 'change';
  const entries = isChange ? [style.reached, ...style.changes, style.cut_off, style.unreachable] : [...style.times, style.unreachable];
  body.replaceChildren(el('h3', {}, say(isChange ? 'legend-change' : 'legend-times')), swatches(entries), el('h3', {}, say('legend-sites')), el('ul', {}, marks), ...roadLegend());
}

const swipe = el('div', { id: 'swipe', hidden: true });

function makeSwipe() {
  const range = el('input', { type: 'range', min: 0, max: 100, value: 50, 'aria-label': say('swipe-label') });
  const move = (share) => {
    view.split = Math.min(Math.max(share, 0), 1);
    range.value = Math.round(view.split * 100);
    swipe.style.setProperty('--split', `${view.split * 100}%`);
    layers.dots.draw();
  };
  range.addEventListener('input', () => move(range.value / 100));
  const line = el('div', { class: 'swipe-line' }, el('span', { class: 'swipe-grip', 'aria-hidden': 'true' }, '◂▸'));
  line.addEventListener('pointerdown', (event) => {
    line.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  line.addEventListener('pointermove', (event) => {
    if (!line.hasPointerCapture(event.pointerId)) return;
    const box = map.getContainer().getBoundingClientRect();
    move((event.clientX - box.left) / box.width);
  });
  swipe.append(line, range);
  L.DomEvent.disableClickPropagation(swipe);
  map.getContainer().append(swipe);
}

function control(position, node) {
  const Own = L.Control.extend({
    onAdd() {
      L.DomEvent.disableClickPropagation(node);
      L.DomEvent.disableScrollPropagation(node);
      return node;
    },
  });
  new Own({ position }).addTo(map);
}

function makeControls() {
  const buttons = MODES.map((mode) => {
    const input = el('input', { type: 'radio', name: 'mode', value: mode, id: `mode-${mode}`, checked: mode === view.mode, onchange: () => setMode(mode) });
    return el('label', {}, input, el('span', {}, say(`mode-${mode}`)));
  });
  const says = el('p', { id: 'map-says', role: 'status' });
  control('topright', el('div', { class: 'modes' }, el('fieldset', {}, el('legend', { class: 'hidden' }, say('modes')), buttons), says));
  const narrow = map.getSize().x < 520;
  control('bottomleft', el('details', { class: 'legend', open: !narrow }, el('summary', {}, say('legend')), el('div', { id: 'legend-body' })));
}

function watchTabs() {
  const tabs = [...document.querySelectorAll('#tabs [role=tab]')];
  const pick = (tab) => {
    for (const each of tabs) {
      const own = each === tab;
      each.setAttribute('aria-selected', String(own));
      each.tabIndex = own ? 0 : -1;
      document.getElementById(each.getAttribute('aria-controls')).hidden = !own;
    }
  };
  tabs.forEach((tab, place) => {
    tab.addEventListener('click', () => pick(tab));
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      pick(next);
      next.focus();
    });
  });
}

for (const node of document.querySelectorAll('[data-text]')) node.textContent = say(node.dataset.text);
view.chosen = data.scenarios.find((scenario) => ok(scenario) && scenario.differs) || data.scenarios[0] || null;
fillHead();
makeMap();
makeControls();
makeSwipe();
fillRanking();
fillChart();
watchTabs();
choose(view.chosen);
