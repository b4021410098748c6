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
const { shown, figures } = grafana(data, require('rxjs'));

const text = (display) => data.formattedValueToString(display);

async function look({ panel, answers }) {
  const frames = await shown(panel, answers);
  return {
    fields: frames.flatMap((frame) => frame.fields.filter((field) => !field.config.custom?.hidden).map((field) => ({
      name: data.getFieldDisplayName(field, frame, frames),
      type: field.type,
      values: field.values.map((v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)),
      texts: field.values.map((v) => text(field.display(v))),
    }))),
    figures: panel.type !== 'stat' ? [] : figures(panel, frames).map((v) => ({
      name: v.display.title ?? '', value: v.display.numeric, text: text(v.display), color: v.display.color, sparkline: v.sparkline?.y.values ?? [],
    })),
  };
}

const out = [];
for (const panel of JSON.parse(readFileSync(0, 'utf8'))) {
  out.push(await look(panel));
}
process.stdout.write(JSON.stringify(out));
