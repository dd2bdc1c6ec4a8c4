// The charts: people against minutes, counties side by side, and zones by classes of minutes; each with its table.
const CLASS_ENDS = [5, 10, 15, 30, 45, 60];
const UNREACHABLE_FILL = '#8a8a8a';
const PLOT = { width: 394, height: 214, left: 38, right: 12, top: 20, bottom: 36 };
const LINE_HIGH = 22;
const NAME_WIDE = 104;

function chartFrame(key, picture, head, rows) {
  const open = document.querySelector(`#charts details[data-fold="table-${key}"]`)?.open || false;
  const table = el('table', {}, el('thead', {}, el('tr', {}, head.map((h) => el('th', { scope: 'col' }, h)))), el('tbody', {}, rows.map(([first, ...cells]) => el('tr', {}, el('th', { scope: 'row' }, first), cells.map((cell) => el('td', {}, cell))))));
  const fold = el('details', { 'data-fold': `table-${key}`, open }, el('summary', {}, phrase('as-table')), el('div', { class: 'scroll' }, table));
  return el('figure', { class: 'chart', id: `chart-${key}` }, el('figcaption', {}, phrase(`chart-${key}`, { n: limit.minutes })), picture, fold);
}

function words(x, y, said, more) {
  return svg('text', { x, y, ...more }, said);
}

// A name cut to the room there is: a Chinese sign is about as wide as the letters are high.
function cutName(name, room, size) {
  let wide = 0;
  let out = '';
  for (const sign of name) {
    wide += /[\u2e80-\uffef]/.test(sign) ? size : size * 0.56;
    if (wide > room) return `${out}…`;
    out += sign;
  }
  return out;
}

function plotAxes() {
  const { width, height, left, right, top, bottom } = PLOT;
  const x = (minute) => left + ((width - left - right) * minute) / data.reach.last;
  const y = (part) => top + (height - top - bottom) * (1 - part);
  const group = svg('g', { class: 'axis' });
  for (let minute = 0; minute <= data.reach.last; minute += 10) group.append(svg('line', { x1: x(minute), x2: x(minute), y1: top, y2: height - bottom }), words(x(minute), height - bottom + 14, String(minute), { 'text-anchor': 'middle' }));
  for (let part = 0; part <= 100; part += 25) group.append(svg('line', { x1: left, x2: width - right, y1: y(part / 100), y2: y(part / 100) }), words(left - 5, y(part / 100) + 4, `${part}%`, { 'text-anchor': 'end' }));
  group.append(words((left + width - right) / 2, height - 5, phrase(chosenCounty() === null ? 'axis-minutes' : 'axis-minutes-county'), { 'text-anchor': 'middle' }));
  return { x, y, group };
}

function curveOf(people, name, { x, y }) {
  return people[name].map((value, minute) => `${x(minute).toFixed(1)},${y(share(value, people.residents)).toFixed(1)}`);
}

function reachChart() {
  const county = chosenCounty();
  const whole = peopleOf(null);
  const people = county === null ? whole : peopleOf(county);
  const axes = plotAxes();
  const part = share(people.within[limit.minutes], people.residents);
  const said = phrase('at-limit', { n: limit.minutes, share: percent(part) });
  const picture = svg('svg', { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: 'img', 'aria-label': `${phrase('chart-reach')}: ${said}` }, axes.group);
  picture.append(svg('polygon', { class: 'band', points: [...curveOf(people, 'low', axes), ...curveOf(people, 'high', axes).reverse()].join(' ') }));
  if (county !== null) picture.append(svg('polyline', { class: 'whole', points: curveOf(whole, 'within', axes).join(' ') }));
  picture.append(svg('polyline', { class: 'curve', points: curveOf(people, 'within', axes).join(' ') }));
  const [x, y] = [axes.x(limit.minutes), axes.y(part)];
  const left = limit.minutes > data.reach.last / 2;
  picture.append(svg('line', { class: 'limit', x1: x, x2: x, y1: PLOT.top - 4, y2: PLOT.height - PLOT.bottom }), svg('circle', { class: 'limit', cx: x, cy: y, r: 4 }), words(x + (left ? -6 : 6), PLOT.top - 7, said, { class: 'limit', 'text-anchor': left ? 'end' : 'start' }));
  picture.addEventListener('click', (event) => {
    const box = picture.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * PLOT.width;
    setLimit(((at - PLOT.left) / (PLOT.width - PLOT.left - PLOT.right)) * data.reach.last, false);
  });
  const minutes = [5, 10, 15, 20, 30, 45, 60];
  const rows = minutes.map((m) => [String(m), wholeNumber(people.within[m]), ...['within', 'low', 'high'].map((name) => percent(share(people[name][m], people.residents)))]);
  return chartFrame('reach', picture, ['head-minutes', 'head-people', 'head-share', 'head-low', 'head-high'].map((key) => phrase(key)), rows);
}

function barName(name, y, chosen, go) {
  const node = words(0, y + 15, cutName(name, NAME_WIDE, 12), { class: chosen ? 'name chosen' : 'name' });
  node.append(svg('title', {}, name));
  if (go) node.addEventListener('click', go);
  return node;
}

function countyChart() {
  const chosen = chosenCounty();
  const rows = data.counties.map((county, place) => ({ name: county.properties.name, place, people: peopleOf(place) })).filter((row) => row.people.residents);
  const room = PLOT.width - NAME_WIDE - 62;
  const picture = svg('svg', { viewBox: `0 0 ${PLOT.width} ${LINE_HIGH * rows.length + 4}`, role: 'img', 'aria-label': phrase('chart-counties', { n: limit.minutes }) });
  rows.forEach((row, line) => {
    const part = share(row.people.within[limit.minutes], row.people.residents);
    const y = line * LINE_HIGH;
    picture.append(barName(row.name, y, row.place === chosen, () => goToCounty(row.name)));
    picture.append(svg('rect', { class: 'ground', x: NAME_WIDE + 8, y: y + 4, width: room, height: LINE_HIGH - 8 }), svg('rect', { class: row.place === chosen ? 'bar chosen' : 'bar', x: NAME_WIDE + 8, y: y + 4, width: room * part, height: LINE_HIGH - 8 }), words(PLOT.width, y + 15, percent(part), { 'text-anchor': 'end' }));
  });
  const cells = rows.map((row) => [el('button', { type: 'button', class: 'link', onclick: () => goToCounty(row.name) }, row.name), wholeNumber(row.people.residents), wholeNumber(row.people.within[limit.minutes]), percent(share(row.people.within[limit.minutes], row.people.residents))]);
  return chartFrame('counties', picture, [say('county'), phrase('head-residents'), phrase('head-people'), phrase('head-share')], cells);
}

// Shares of the classes of minutes, the last two beyond an hour and unreachable.
function classShares(people) {
  const ends = CLASS_ENDS.map((minute) => people.within[minute]);
  const steps = ends.map((value, place) => value - (place ? ends[place - 1] : 0));
  return [...steps, people.residents - people.unreachable - ends[ends.length - 1], people.unreachable].map((value) => Math.max(share(value, people.residents), 0));
}

function zoneRows() {
  const county = chosenCounty();
  const name = county === null ? phrase('whole-study') : data.counties[county].properties.name;
  const zones = [0, 1].map((zone) => ({ name: phrase(`zone-${zone}`), people: peopleOf(county, zone) })).filter((row) => row.people.residents);
  return [{ name, people: peopleOf(county) }, ...(zones.length > 1 ? zones : [])];
}

function zoneChart() {
  const rows = zoneRows();
  const colours = [...data.style.classes.map((c) => c.colour), UNREACHABLE_FILL];
  const labels = [...data.style.classes.map((c) => c.label), data.style.unreachable.label];
  const room = PLOT.width - NAME_WIDE - 8;
  const picture = svg('svg', { viewBox: `0 0 ${PLOT.width} ${LINE_HIGH * rows.length + 4}`, role: 'img', 'aria-label': phrase('chart-zones') });
  rows.forEach((row, line) => {
    const y = line * LINE_HIGH;
    picture.append(barName(row.name, y, false));
    let x = NAME_WIDE + 8;
    classShares(row.people).forEach((part, place) => {
      if (part > 0) picture.append(svg('rect', { class: 'class', x, y: y + 3, width: room * part, height: LINE_HIGH - 6, fill: colours[place] }, svg('title', {}, `${labels[place]}: ${percent(part)}`)));
      x += room * part;
    });
  });
  const key = el('ul', { class: 'swatches key' }, labels.map((label, place) => swatch(colours[place], label)));
  const cells = rows.map((row) => [row.name, ...classShares(row.people).map(percent)]);
  const figure = chartFrame('zones', picture, [phrase('head-area'), ...labels], cells);
  figure.querySelector('svg').after(key);
  return figure;
}

function fillCharts() {
  const home = document.getElementById('charts');
  if (!data.reach.parts.length) {
    home.replaceChildren(el('p', {}, phrase('no-charts')));
    return;
  }
  const county = chosenCounty();
  const name = county === null ? phrase('whole-study') : data.counties[county].properties.name;
  const charts = [reachChart(), ...(data.counties.length > 1 ? [countyChart()] : []), zoneChart()];
  home.replaceChildren(el('p', { class: 'small' }, phrase('charts-help', { name }), el('span', { class: 'screen-only' }, phrase('charts-follow'))), ...charts);
}

// Drawn when they are looked at; print.js has them drawn for the paper.
function drawCharts() {
  if (!document.getElementById('charts').hidden) fillCharts();
}

function makeCharts() {
  for (const happening of ['language', 'county', 'limit']) listen(happening, drawCharts);
  document.getElementById('tab-charts').addEventListener('click', drawCharts);
  document.getElementById('tab-charts').addEventListener('focus', drawCharts);
}
