// Small helps that pages can do without.

// For printing: ink on paper, folded blocks open, formulas no wider than a sheet.
const page = document.documentElement;
const sheet = 620;                 // pixels between the margins of an A4 page, less the formula's number
let folded = [], theme;
addEventListener("beforeprint", () => {
  theme = page.dataset.theme;
  page.dataset.theme = "light";
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const block of folded) block.open = true;
  for (const formula of document.querySelectorAll(".katex-display"))
    if (formula.scrollWidth > sheet) formula.style.fontSize = `${sheet / formula.scrollWidth}em`;
});
addEventListener("afterprint", () => {
  page.dataset.theme = theme;
  for (const block of folded) block.open = false;
  for (const formula of document.querySelectorAll(".katex-display")) formula.style.fontSize = "";
});

// A link to something inside a folded block opens it.
const openRound = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let block = target?.closest("details"); block; block = block.parentElement.closest("details")) block.open = true;
};
addEventListener("hashchange", openRound);
openRound();

// A box that scrolls sideways can be reached and scrolled with the keyboard.
const focusScrollers = () => {
  for (const box of document.querySelectorAll(".pst-scrollable-table-container, .bd-article pre, .bd-article .katex-display, .cell_output"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
};
focusScrollers();
addEventListener("resize", focusScrollers);
