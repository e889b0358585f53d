// Bubbles for measured numbers and glossary terms: shown on hover and on keyboard focus, kept
// inside the window, closed with Escape.  The words come as `title`, which the browser shows
// by itself where this script does not run; here they move, so that nothing shows twice.
// The braces keep the names out of the page's other scripts.
{
  const tip = document.createElement("div");
  tip.className = "tip-bubble";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the owner's aria-description says it already
  let owner = null;
  let leaving = 0;

  function place() {
    const at = owner.getBoundingClientRect();
    const margin = 8;
    const widest = document.documentElement.clientWidth - tip.offsetWidth - margin;
    const left = Math.max(margin, Math.min(at.left + at.width / 2 - tip.offsetWidth / 2, widest));
    const below = at.bottom + 6;
    const fits = below + tip.offsetHeight < window.innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${fits ? below : Math.max(margin, at.top - tip.offsetHeight - 6)}px`;
  }

  function show(event) {
    clearTimeout(leaving);
    owner = event.currentTarget;
    tip.textContent = owner.dataset.tip;
    tip.hidden = false;
    place();
  }

  function hide() {
    tip.hidden = true;
    owner = null;
  }

  // A moment's delay lets the pointer move onto the bubble, to read or copy from it.
  function leave() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 150);
  }

  const owners = [...document.querySelectorAll(".result[title]")];
  for (const term of document.querySelectorAll("a.reference.internal[title] > .std-term")) {
    owners.push(term.parentElement);
  }
  for (const element of owners) {
    element.dataset.tip = element.title;
    element.setAttribute("aria-description", element.title);
    element.removeAttribute("title");
    element.addEventListener("mouseenter", show);
    element.addEventListener("focus", show);
    element.addEventListener("mouseleave", leave);
    element.addEventListener("blur", hide);
  }
  tip.addEventListener("mouseenter", () => clearTimeout(leaving));
  tip.addEventListener("mouseleave", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  window.addEventListener("scroll", () => { if (owner) place(); }, { passive: true });
  document.body.append(tip);
}
