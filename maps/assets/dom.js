// The page's content, and how nodes are made. Texts enter the page as text nodes only.
const data = JSON.parse(document.getElementById('care-data').textContent);
const say = (key) => data.texts[key];

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === 'onclick' || name === 'onchange') node.addEventListener(name.slice(2), value);
    else if (name === 'colour') node.style.setProperty('--colour', value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== '') node.append(child);
  }
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function facts(pairs) {
  const list = el('dl', { class: 'facts' });
  for (const [label, said, note] of pairs) {
    if (said === '' || said === null) continue;
    const body = Array.isArray(said) ? (said.length > 1 ? el('ul', {}, said.map((s) => el('li', {}, s))) : said[0]) : said;
    list.append(el('dt', {}, label), el('dd', {}, body, note ? el('p', { class: 'small' }, note) : ''));
  }
  return list;
}

function chip(verdict) {
  const kind = `chip ${verdict.status}${verdict.screening ? ' screening' : ''}`;
  return el('span', { class: kind }, el('b', { 'aria-hidden': 'true' }, verdict.sign), ` ${verdict.words}`);
}

// Hatched fills for screening verdicts: colour alone must not tell them apart.
function makePatterns() {
  const home = document.getElementById('patterns');
  for (const status of data.style.statuses) {
    home.append(
      svg(
        'pattern',
        { id: `hatch-${status.key}`, width: 9, height: 9, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        svg('rect', { width: 9, height: 9, fill: status.colour, 'fill-opacity': 0.28 }),
        svg('rect', { width: 3.5, height: 9, fill: status.colour }),
      ),
    );
  }
}
