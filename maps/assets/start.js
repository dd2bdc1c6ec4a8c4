// Puts the page together, once.
function fitStudy() {
  if (!data.bounds) return;
  map.fitBounds(data.bounds, { paddingTopLeft: [20, 20], paddingBottomRight: [besideLegend(), 30], animate: false });
  scaleCircles();
}

function watchPrint() {
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('#panel details:not([open])')];
    closed.forEach((node) => { node.open = true; });
    map.invalidateSize();
  });
  window.addEventListener('afterprint', () => {
    closed.forEach((node) => { node.open = false; });
    map.invalidateSize();
  });
}

makePatterns();
fillHead();
map.attributionControl.setPrefix('Leaflet');
if (data.osm) map.attributionControl.addAttribution('© OpenStreetMap contributors');
map.getContainer().setAttribute('aria-label', say('map-label'));
map.getContainer().setAttribute('role', 'application');
makePanes();
makeThemes();
L.control.zoom({ position: 'topleft', zoomInTitle: say('zoom-in'), zoomOutTitle: say('zoom-out') }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
fitStudy();
makeLayers();
makeLegend();
fitStudy();
resizeCircles();
fillVerdicts();
fillFigures();
fillData();
fillParameters();
watchTabs();
watchClicks();
watchEscape();
watchPrint();
setTheme(firstTheme());
