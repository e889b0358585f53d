// The language switch leads to the section being read, not only to the page.
// Its plain link (the sibling page) is what a reader without JavaScript gets.
(() => {
  const pairs = document.getElementById("section-twins");
  if (!pairs) return;
  const twins = JSON.parse(pairs.textContent);
  const [first] = Object.keys(twins);

  // The last section whose beginning has passed the upper third of the window.
  function sectionInView() {
    const line = window.innerHeight / 3;
    let current = null;
    for (const id of Object.keys(twins)) {
      const section = document.getElementById(id);
      if (section && section.getBoundingClientRect().top <= line) current = id;
    }
    return current;
  }

  // A reader who followed a link is where it led: also while the window still glides there,
  // and no longer once the reader has scrolled away.
  let settled = false;
  addEventListener("hashchange", () => { settled = false; });
  addEventListener("scrollend", () => { settled = true; });

  function sectionOfHash() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return null;
    const box = target.getBoundingClientRect();
    if (settled && (box.bottom < 0 || box.top > window.innerHeight)) return null;
    let section = target.closest("section");
    while (section && !(section.id in twins)) section = section.parentElement.closest("section");
    return section && section.id;
  }

  function aim(link) {
    const section = sectionOfHash() ?? sectionInView();
    link.hash = section && section !== first ? twins[section] : "";
  }

  for (const link of document.querySelectorAll("a.language-switch"))
    for (const event of ["pointerdown", "focus", "click", "keydown"])
      link.addEventListener(event, () => aim(link), { capture: true });
})();
