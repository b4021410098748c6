// Does with panels and Prometheus' answers what Grafana does before it draws:
// makes tables or series of the answers, runs the panel's transformations and
// applies its overrides. Reads [{panel, answers: {refId: result}, range}] as
// JSON and writes, for each panel, what it shows: its fields with the names and
// the texts that people see, and for tiles their figures.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// What @grafana/data looks for in a browser.
globalThis.window ??= globalThis;
globalThis.navigator ??= { language: 'en-US', languages: ['en-US'] };
const require = createRequire(import.meta.url);
const {
  FieldConfigOptionsRegistry, FieldType, applyFieldOverrides, createTheme, formattedValueToString, getFieldDisplayName,
  getFieldDisplayValues, standardTransformers, standardTransformersRegistry, toDataFrame, transformDataFrame,
} = require('@grafana/data');
const { lastValueFrom } = require('rxjs');

const transformers = [...new Map(Object.values(standardTransformers).map((t) => [t.id, t])).values()];
standardTransformersRegistry.setInit(() =>
  transformers.map((t) => ({ id: t.id, name: t.name, transformation: t, editor: () => null })));

// frames are what Grafana's Prometheus data source makes of the answers.
export function frames(panel, answers) {
  const name = (target) => (panel.targets.length > 1 ? `Value #${target.refId}` : 'Value');
  return panel.targets.flatMap((target) => {
    const result = answers[target.refId] ?? [];
    if (target.format !== 'table') {
      return result.map((series) => toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: FieldType.time, values: series.values.map(([t]) => t * 1000) },
          {
            name: 'Value', type: FieldType.number, labels: series.metric, values: series.values.map(([, v]) => Number(v)),
            config: { displayNameFromDS: target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, l) => series.metric[l] ?? '') },
          },
        ],
      }));
    }
    const labels = [...new Set(result.flatMap((sample) => Object.keys(sample.metric)))].sort();
    return [toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: result.map((s) => s.value[0] * 1000) },
        ...labels.map((l) => ({ name: l, type: FieldType.string, config: { filterable: true }, values: result.map((s) => s.metric[l] ?? '') })),
        { name: name(target), type: FieldType.number, values: result.map((s) => Number(s.value[1])) },
      ],
    })];
  });
}

// registry knows the options that the panels override, by their ids.
function registry(panel) {
  const r = new FieldConfigOptionsRegistry();
  const ids = new Set(['unit', 'displayName', 'decimals', 'min', 'max', 'thresholds', 'mappings', 'color', 'links', 'noValue']);
  Object.keys(panel.fieldConfig.defaults.custom ?? {}).forEach((id) => ids.add('custom.' + id));
  panel.fieldConfig.overrides.forEach((o) => o.properties.forEach((p) => ids.add(p.id)));
  for (const id of ids) {
    const isCustom = id.startsWith('custom.');
    r.register({ id, path: isCustom ? id.slice(7) : id, isCustom, name: id, description: '', process: (v) => v, shouldApply: () => true, override: () => null, editor: () => null });
  }
  return r;
}

const theme = createTheme();
const replace = (text, vars) => {
  const name = vars?.__field?.value?.name;
  return name === undefined ? text : text.replaceAll('${__field.name}', name);
};

// shown are the panel's frames after its transformations and overrides.
export async function shown(panel, answers) {
  const data = await lastValueFrom(transformDataFrame(panel.transformations ?? [], frames(panel, answers), { interpolate: (v) => v }));
  return applyFieldOverrides({ data, fieldConfig: panel.fieldConfig, replaceVariables: replace, theme, timeZone: 'browser', fieldConfigRegistry: registry(panel) });
}

async function look({ panel, answers }) {
  const data = await shown(panel, answers);
  const fields = data.flatMap((frame) => frame.fields
    .filter((field) => !field.config.custom?.hidden)
    .map((field) => ({
      name: getFieldDisplayName(field, frame, data), type: field.type, unit: field.config.unit ?? '',
      values: field.values.map((v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)),
      texts: field.values.map((v) => formattedValueToString(field.display(v))),
    })));
  let figures = [];
  if (panel.type === 'stat') {
    figures = getFieldDisplayValues({ data, fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables: replace, theme, sparkline: true })
      .map((v) => ({ name: v.display.title ?? '', value: v.display.numeric, text: formattedValueToString(v.display), color: v.display.color, sparkline: v.sparkline?.y.values.length ?? 0 }));
  }
  return { fields, figures };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const out = [];
  for (const p of JSON.parse(readFileSync(0, 'utf8'))) {
    out.push(await look(p));
  }
  process.stdout.write(JSON.stringify(out));
}
