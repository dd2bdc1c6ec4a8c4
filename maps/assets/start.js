// Puts the page together, once.
function fitStudy() {
  if (!data.bounds) return;
  map.fitBounds(data.bounds, { paddingTopLeft: [20, 20], paddingBottomRight: [besideLegend(), 30], animate: false });
  scaleCircles();
}

// On paper the map is as it is on the screen, shrunk to the page: 680 by 900 CSS pixels hold on A4.
function watchPrint() {
  window.addEventListener('beforeprint', () => {
    const { x, y } = map.getSize();
    const style = map.getContainer().style;
    style.setProperty('--print-width', `${x}px`);
    style.setProperty('--print-height', `${y}px`);
    style.setProperty('--print-zoom', Math.min(1, 680 / x, 900 / y));
  });
}

function nameMap() {
  map.getContainer().setAttribute('aria-label', say('map-label'));
  for (const way of ['in', 'out']) {
    const button = document.querySelector(`.leaflet-control-zoom-${way}`);
    button.title = say(`zoom-${way}`);
    button.setAttribute('aria-label', say(`zoom-${way}`));
  }
}

speak(languageOfAddress() || data.lang);
makePatterns();
fillHead();
map.attributionControl.setPrefix('Leaflet');
if (data.osm) map.attributionControl.addAttribution('© OpenStreetMap contributors');
map.getContainer().setAttribute('role', 'application');
makePanes();
makeThemes();
L.control.zoom({ position: 'topleft' }).addTo(map);
nameMap();
L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
fitStudy();
makeLayers();
makeLegend();
fitStudy();
resizeCircles();
fillPanel();
for (const again of [refillPanel, remakeMarks, fillLegend, nameMap]) listen('language', again);
watchLanguage();
watchTabs();
watchClicks();
watchEscape();
watchPrint();
setTheme(firstTheme());
