// Draws pictures of the dashboards as they open: node draw.mjs PROMETHEUS DIRECTORY BOARD.json...
// It asks a running Prometheus the boards' own queries, runs Grafana's
// transformations over the answers and has Chromium photograph what Grafana's
// components make of them. Collapsed rows stay closed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const [prometheus, directory, ...boards] = process.argv.slice(2);
const now = Date.now();
const work = mkdtempSync(join(tmpdir(), 'boards-'));
const here = new URL('.', import.meta.url).pathname;

await build({
  entryPoints: [join(here, 'page.jsx')], outfile: join(work, 'page.js'), bundle: true, format: 'esm', jsx: 'automatic', loader: { '.svg': 'text', '.ttf': 'empty' },
  // The ES modules of these packages want Node's way with default imports, which their dependencies do not follow.
  alias: Object.fromEntries(['data', 'ui'].map((name) => [`@grafana/${name}`, join(here, `node_modules/@grafana/${name}/dist/cjs/index.cjs`)])),
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' }, nodePaths: [join(here, 'node_modules')], logLevel: 'error',
});

// Panels with an interval, which is in days, are of the history and reach back two
// years; the others that are drawn over time show the last hour.
async function ask(panel, target) {
  const query = target.expr.replace(/\$(job|instance|account|article)\b/g, '.+').replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1y');
  const end = now / 1000;
  const step = panel.interval ? parseInt(panel.interval) * 86400 : 15;
  const start = Math.floor((end - (panel.interval ? 730 * 86400 : 3600)) / step) * step;
  const form = target.range ? { query, start, end, step } : { query, time: end };
  const answer = await fetch(`${prometheus}/api/v1/${target.range ? 'query_range' : 'query'}`, { method: 'POST', body: new URLSearchParams(form) });
  const { data, error } = await answer.json();
  if (error) {
    throw new Error(`${error}: ${query}`);
  }
  return data.result;
}

for (const board of boards) {
  const { panels, uid } = JSON.parse(readFileSync(board, 'utf8'));
  const answers = await Promise.all(panels.map(async (p) => Object.fromEntries(await Promise.all((p.targets ?? []).map(async (t) => [t.refId, await ask(p, t)])))));
  const html = join(work, uid + '.html');
  writeFileSync(html, `<!doctype html><meta charset="utf-8"><style>${readFileSync(join(work, 'page.css'), 'utf8')}</style><div id="root"></div><script>window.board = ${JSON.stringify({ panels, answers, now }).replaceAll('<', '\\u003c')}</script><script type="module">${readFileSync(join(work, 'page.js'), 'utf8').replaceAll('</script', '<\\/script')}</script>`);
  const height = 16 + 38 * Math.max(...panels.map((p) => p.gridPos.y + p.gridPos.h));
  execFileSync('chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--virtual-time-budget=8000', `--window-size=1600,${height}`,
    `--screenshot=${join(directory, uid + '.png')}`, `file://${html}`], { stdio: 'inherit' });
}
