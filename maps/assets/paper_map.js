// On paper (A4, upright) the map stands as it is seen, made smaller: drawing it anew would leave its canvases white.
const PAPER = { width: 686, height: 900 }; // CSS pixels within the margins

window.addEventListener('beforeprint', () => {
  const box = map.getContainer();
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  const scale = Math.min(PAPER.width / width, PAPER.height / height);
  Object.assign(box.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${scale})`, transformOrigin: 'top left', marginBottom: `${(scale - 1) * height}px` });
});

window.addEventListener('afterprint', () => {
  Object.assign(map.getContainer().style, { width: '', height: '', transform: '', transformOrigin: '', marginBottom: '' });
});
