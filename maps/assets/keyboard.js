// The page without a mouse. Tab goes from the panel to the map, its legend, one facility and what it opened. Thousands of
// facilities are one stop: arrow keys lead to the next one in their direction, Page Up and Page Down through all of them.
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const PAGES = { PageDown: 1, PageUp: -1 };
const focusing = { opener: null, waiting: false };

function pressedByKeys(event) {
  if (event.key !== ' ' || !event.target.matches('a[role=button], .mark-holder')) return;
  event.preventDefault();
  event.target.click();
}

function nextMark(from, [right, down]) {
  const here = map.latLngToContainerPoint(from.mark.at);
  let best = null;
  let nearest = Infinity;
  for (const other of marksOnMap()) {
    const there = map.latLngToContainerPoint(other.mark.at);
    const x = there.x + other.mark.shift[0] - here.x - from.mark.shift[0];
    const y = there.y + other.mark.shift[1] - here.y - from.mark.shift[1];
    const ahead = x * right + y * down;
    const aside = Math.abs(x * down) + Math.abs(y * right);
    if (other === from || ahead <= 0) continue;
    const away = ahead + 2 * aside;
    if (away < nearest) [best, nearest] = [other, away];
  }
  return best;
}

function walkMarks(event) {
  const [way, step] = [ARROWS[event.key], PAGES[event.key]];
  if (!(way || step) || !event.target.matches('.mark-holder')) return;
  event.preventDefault();
  event.stopPropagation();
  const marks = marksOnMap();
  const place = marks.findIndex(({ icon }) => icon === event.target);
  const next = way ? nextMark(marks[place], way) : marks.at((place + step) % marks.length);
  if (!next) return;
  makeStop(next.icon);
  next.icon.focus({ preventScroll: true });
}

function makeStop(icon) {
  for (const other of document.querySelectorAll('.mark-holder[tabindex="0"]')) other.tabIndex = -1;
  icon.tabIndex = 0;
}

// Layers come and go: one mark is always the stop, once all of a change is done.
function keepOneStop() {
  if (focusing.waiting) return;
  focusing.waiting = true;
  setTimeout(() => {
    focusing.waiting = false;
    const first = document.querySelector('.mark-holder');
    if (first && !document.querySelector('.mark-holder[tabindex="0"]')) first.tabIndex = 0;
  });
}

// Leaflet hears Escape only while the map itself has the focus, not a mark on it.
function watchEscape() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') map.closePopup();
  });
  map.on('popupopen', (event) => {
    const { activeElement } = document;
    focusing.opener = activeElement && activeElement.matches('.mark-holder, #panel *') ? activeElement : null;
    const heading = event.popup.getElement().querySelector('h2');
    if (heading) announce(heading.textContent);
  });
  map.on('popupclose', (event) => {
    const inside = event.popup.getElement()?.contains(document.activeElement);
    if (inside) (focusing.opener?.isConnected ? focusing.opener : map.getContainer()).focus({ preventScroll: true });
  });
}

function watchKeys() {
  const container = map.getContainer();
  container.prepend(container.querySelector('.leaflet-control-container'));
  container.setAttribute('aria-describedby', 'map-help');
  container.addEventListener('keydown', walkMarks);
  container.addEventListener('focusin', (event) => { if (event.target.matches('.mark-holder')) makeStop(event.target); });
  document.addEventListener('keydown', pressedByKeys);
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    container.focus();
  });
  map.on('layeradd layerremove', keepOneStop);
  keepOneStop();
  watchEscape();
}
