// What Grafana does with Prometheus' answers before it draws, by its own
// package @grafana/data.
export function grafana(data, { lastValueFrom }) {
  const transformers = [...new Map(Object.values(data.standardTransformers).map((t) => [t.id, t])).values()];
  data.standardTransformersRegistry.setInit(() =>
    transformers.map((t) => ({ id: t.id, name: t.name, transformation: t, editor: () => null })));
  const theme = data.createTheme();

  // frames are what Grafana's Prometheus data source makes of the answers.
  function frames(panel, answers) {
    const name = (target) => (panel.targets.length > 1 ? `Value #${target.refId}` : 'Value');
    return panel.targets.flatMap((target) => {
      const result = answers[target.refId] ?? [];
      if (target.format !== 'table') {
        return result.map((series) => data.toDataFrame({
          refId: target.refId,
          fields: [
            { name: 'Time', type: data.FieldType.time, values: series.values.map(([t]) => t * 1000) },
            {
              name: 'Value', type: data.FieldType.number, labels: series.metric, values: series.values.map(([, v]) => Number(v)),
              config: { displayNameFromDS: target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, l) => series.metric[l] ?? '') },
            },
          ],
        }));
      }
      const labels = [...new Set(result.flatMap((sample) => Object.keys(sample.metric)))].sort();
      return [data.toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: data.FieldType.time, values: result.map((s) => s.value[0] * 1000) },
          ...labels.map((l) => ({ name: l, type: data.FieldType.string, config: { filterable: true }, values: result.map((s) => s.metric[l] ?? '') })),
          { name: name(target), type: data.FieldType.number, values: result.map((s) => Number(s.value[1])) },
        ],
      })];
    });
  }

  // registry knows the options that the panels set, by their ids.
  function registry(panel) {
    const r = new data.FieldConfigOptionsRegistry();
    const ids = new Set(['unit', 'displayName', 'decimals', 'min', 'max', 'thresholds', 'mappings', 'color', 'links', 'noValue', 'fieldMinMax']);
    Object.keys(panel.fieldConfig.defaults.custom ?? {}).forEach((id) => ids.add('custom.' + id));
    panel.fieldConfig.overrides.forEach((o) => o.properties.forEach((p) => ids.add(p.id)));
    for (const id of ids) {
      const isCustom = id.startsWith('custom.');
      r.register({
        id, path: isCustom ? id.slice(7) : id, isCustom, name: id, description: '',
        process: (v) => v, shouldApply: () => true, override: () => null, editor: () => null,
      });
    }
    return r;
  }

  const replaceVariables = (text, vars) => {
    const name = vars?.__field?.value?.name;
    return name === undefined ? text : text.replaceAll('${__field.name}', name);
  };

  // shown are the panel's frames after its transformations and overrides.
  async function shown(panel, answers) {
    const transformed = await lastValueFrom(data.transformDataFrame(panel.transformations ?? [], frames(panel, answers), { interpolate: (v) => v }));
    return data.applyFieldOverrides({
      data: transformed, fieldConfig: panel.fieldConfig, replaceVariables, theme, timeZone: 'browser', fieldConfigRegistry: registry(panel),
    });
  }

  // figures are those of a stat panel.
  const figures = (panel, frames) => data.getFieldDisplayValues({
    data: frames, fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables, theme, sparkline: true,
  });

  return { theme, shown, figures };
}
