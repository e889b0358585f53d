// Mirror style sheets for right-to-left pages: only the rules that differ, on standard output.
// Loaded beside the original, they make a Persian page of an English theme.
import fs from 'node:fs';
import postcss from 'postcss';
import postcssRTLCSS from 'postcss-rtlcss';
import { Mode } from 'postcss-rtlcss/options';

const mirror = postcss([postcssRTLCSS({ mode: Mode.diff })]);
for (const file of process.argv.slice(2)) {
  const { root } = await mirror.process(fs.readFileSync(file, 'utf8'), { from: file });
  root.walkAtRules(/^(font-face|charset)$/, rule => rule.remove());
  root.walkComments(comment => comment.remove());
  root.walkRules(rule => { if (!rule.nodes.length) rule.remove(); });
  process.stdout.write(`/* mirrored: ${file.split('/').pop()} */\n${root}\n`);
}
