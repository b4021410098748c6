// Reads [{panel, answers: {refId: result}}] as JSON and writes what each panel
// shows in Grafana: its fields with the names and the texts that people see, and
// for tiles their figures.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { grafana } from './grafana.mjs';

// What @grafana/data looks for in a browser.
globalThis.window ??= globalThis;
globalThis.navigator ??= { language: 'en-US', languages: ['en-US'] };
const require = createRequire(import.meta.url);
const data = require('@grafana/data');
const { theme, shown, figures } = grafana(data, require('rxjs'));

const text = (display) => data.formattedValueToString(display);

// colorOf is the name of a colour as the boards give it.
const names = new Map(['green', 'red', 'orange', 'blue', 'purple', 'text', 'transparent'].map((name) => [theme.visualization.getColorByName(name), name]));
names.set('#ccccdc', 'text').set('#00000000', 'transparent'); // as cells and tiles have them
const colorOf = (color) => names.get(color) ?? color;

// order is the column by which a panel sorts its rows, hidden or not.
function order(panel, frames) {
  const last = (panel.transformations ?? []).findLast((t) => t.id === 'sortBy')?.options.sort[0].field;
  const field = frames.flatMap((frame) => frame.fields).find((f) => f.name === last || f.config.displayName === last);
  return field?.values.map((v) => (v === undefined || Number.isNaN(v) ? null : v)) ?? [];
}

async function look({ panel, answers }) {
  const frames = await shown(panel, answers);
  return {
    order: order(panel, frames),
    fields: frames.flatMap((frame) => frame.fields.filter((field) => !field.config.custom?.hidden).map((field) => ({
      name: data.getFieldDisplayName(field, frame, frames),
      type: field.type,
      values: field.values.map((v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)),
      texts: field.values.map((v) => text(field.display(v))),
      colors: ['color-text', 'color-background'].includes(field.config.custom?.cellOptions?.type) ? field.values.map((v) => colorOf(field.display(v).color)) : [],
    }))),
    figures: panel.type !== 'stat' ? [] : figures(panel, frames).map((v) => ({
      name: v.display.title ?? '', value: v.display.numeric, text: text(v.display), color: colorOf(v.display.color), sparkline: v.sparkline?.y.values ?? [],
    })),
  };
}

const out = [];
for (const panel of JSON.parse(readFileSync(0, 'utf8'))) {
  out.push(await look(panel));
}
process.stdout.write(JSON.stringify(out));
