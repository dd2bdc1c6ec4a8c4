// The chart: what scenarios cost (or how many stations they open) against what they give; a click switches to one.
const chart = { x: null, y: 'within_15' };
const BOX = { width: 420, height: 330, left: 58, right: 14, top: 14, bottom: 46 };
const FRONT_OF = { within_15: 0, within_30: 1, mean_min: 2 };

function choicesOfX() {
  const drawn = data.scenarios.filter(ok);
  const varies = (name) => new Set(drawn.map((s) => measureOf(s, name)).filter((v) => v !== null)).size > 1;
  const found = [data.price, 'opened', 'mean_change_min', 'gained_30', 'unreachable'].filter((name, place, all) => all.indexOf(name) === place && varies(name));
  return found.length ? found : ['mean_change_min'];
}

function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const out = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) out.push(value);
  return out;
}

function tickText(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toFixed(2)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toFixed(1)}k`;
  return String(+value.toFixed(3)).replace('-', '−');
}

function scaleOf(values, from, to) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  low -= margin;
  high += margin;
  return { low, high, at: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

function axis(scale, name, across) {
  const { width, height, left, right, top, bottom } = BOX;
  const group = svg('g', { class: 'axis' });
  for (const value of ticks(scale.low, scale.high)) {
    const at = scale.at(value);
    const ends = across ? { x1: at, x2: at, y1: top, y2: height - bottom } : { x1: left, x2: width - right, y1: at, y2: at };
    group.append(svg('line', ends));
    const place = across ? { x: at, y: height - bottom + 15, 'text-anchor': 'middle' } : { x: left - 5, y: at + 4, 'text-anchor': 'end' };
    group.append(svg('text', place, tickText(value)));
  }
  const title = across
    ? { x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle' }
    : { x: 12, y: (top + height - bottom) / 2, 'text-anchor': 'middle', transform: `rotate(-90 12 ${(top + height - bottom) / 2})` };
  group.append(svg('text', { ...title, class: 'axis-title' }, data.measures[name].long));
  return group;
}

function dot(scenario, x, y, front) {
  const chosen = scenario === view.chosen;
  const classes = ['point', front ? 'front' : '', chosen ? 'chosen' : '', scenario.differs ? '' : 'same'].filter(Boolean).join(' ');
  const words = `${scenario.name}: ${data.measures[chart.x].short} ${figure(chart.x, measureOf(scenario, chart.x))}, ${data.measures[chart.y].short} ${figure(chart.y, measureOf(scenario, chart.y))}`;
  const node = svg('circle', { cx: x, cy: y, r: chosen ? 7 : front ? 5.5 : 4, class: classes, role: 'button', 'aria-label': words, tabindex: front || chosen ? 0 : -1 }, svg('title', {}, words));
  node.addEventListener('click', () => choose(scenario));
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose(scenario);
    document.querySelector('#chart .chosen')?.focus();
  });
  return node;
}

function drawChart() {
  const home = document.getElementById('plot');
  const rows = data.scenarios.filter((s) => ok(s) && typeof measureOf(s, chart.x) === 'number' && typeof measureOf(s, chart.y) === 'number');
  if (!rows.length) {
    home.replaceChildren(el('p', {}, say('chart-empty')));
    return;
  }
  const today = data.baseline ? data.baseline[data.columns.indexOf(chart.y)] : null;
  const isPrice = chart.x === data.price;
  const xs = rows.map((s) => measureOf(s, chart.x));
  const ys = rows.map((s) => measureOf(s, chart.y));
  const { width, height, left, right, top, bottom } = BOX;
  const x = scaleOf(isPrice ? [...xs, 0] : xs, left, width - right);
  const y = scaleOf(typeof today === 'number' ? [...ys, today] : ys, height - bottom, top);
  const picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, class: 'chart', role: 'group', 'aria-label': say('tab-chart') });
  picture.append(axis(x, chart.x, true), axis(y, chart.y, false));
  if (typeof today === 'number') {
    picture.append(svg('line', { class: 'today', x1: left, x2: width - right, y1: y.at(today), y2: y.at(today) }));
    picture.append(svg('text', { class: 'today-text', x: left + 4, y: y.at(today) - 4 }, say('today')));
  }
  const place = FRONT_OF[chart.y];
  const isFront = (s) => isPrice && s.front[place];
  const line = rows.filter(isFront).sort((a, b) => measureOf(a, chart.x) - measureOf(b, chart.x));
  const steps = line.map((s, i) => `${i ? `H${x.at(measureOf(s, chart.x))}V` : `M${x.at(measureOf(s, chart.x))} `}${y.at(measureOf(s, chart.y))}`).join('');
  if (line.length > 1) picture.append(svg('path', { class: 'front-line', d: steps }));
  const order = (s) => (s === view.chosen ? 2 : isFront(s) ? 1 : 0);
  for (const s of rows.slice().sort((a, b) => order(a) - order(b))) picture.append(dot(s, x.at(measureOf(s, chart.x)), y.at(measureOf(s, chart.y)), isFront(s)));
  home.replaceChildren(picture, el('p', { class: 'small' }, say(!isPrice ? 'chart-no-price' : data.price === 'cost' ? 'front-cost' : 'front-stations')));
}

function fillChart() {
  const xs = choicesOfX();
  chart.x = xs[0];
  const pick = (label, id, options, value, change) => {
    const select = el('select', { id, onchange: (event) => { change(event.target.value); drawChart(); } }, options.map((name) => el('option', { value: name }, data.measures[name].long)));
    select.value = value;
    return el('label', { class: 'field-label' }, el('span', {}, label), select);
  };
  const pickers = el('div', { class: 'pickers' }, pick(say('across'), 'chart-x', xs, chart.x, (v) => { chart.x = v; }), pick(say('up'), 'chart-y', data.fronts, chart.y, (v) => { chart.y = v; }));
  document.getElementById('chart').append(pickers, el('div', { id: 'plot' }));
  drawChart();
}
