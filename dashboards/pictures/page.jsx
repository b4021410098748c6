// Draws a board with Grafana's components. draw.mjs sets window.board.
import * as data from '@grafana/data';
import { BigValue, GlobalStyles, Table, ThemeContext, TimeSeries } from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';
import * as rxjs from 'rxjs';
import 'uplot/dist/uPlot.min.css';
import { grafana } from '../test/grafana.mjs';

const { theme, shown, figures } = grafana(data, rxjs);
const { panels, answers, now } = window.board;
const cell = 1584 / 24;
const day = 86400_000;

// Grafana's panels fill in options that a board leaves out.
const drawn = {
  drawStyle: 'line', lineInterpolation: 'linear', barAlignment: 0, lineWidth: 1, fillOpacity: 0, gradientMode: 'none', spanNulls: false,
  showPoints: 'auto', pointSize: 5, stacking: { mode: 'none', group: 'A' }, axisPlacement: 'auto', axisLabel: '', axisColorMode: 'text',
  axisBorderShow: false, scaleDistribution: { type: 'linear' }, axisCenteredZero: false, hideFrom: { tooltip: false, viz: false, legend: false },
  thresholdsStyle: { mode: 'off' }, barWidthFactor: 0.6,
};

// A bar chart, which is no component of @grafana/ui, stands on a time axis.
function onTime(panel) {
  const x = panel.options.xField;
  const custom = { ...drawn, ...panel.fieldConfig.defaults.custom, drawStyle: 'bars', barAlignment: 1, lineWidth: 0, axisSoftMin: 0 };
  if (panel.options.stacking !== 'none') {
    custom.stacking = { mode: panel.options.stacking, group: 'A' };
  }
  return {
    ...panel, timeFrom: '31d',
    fieldConfig: { ...panel.fieldConfig, defaults: { ...panel.fieldConfig.defaults, custom } },
    transformations: [...panel.transformations, { id: 'convertFieldType', options: { conversions: [{ targetField: x, destinationType: 'time', dateFormat: 'YYYY-MM-DD' }], fields: {} } }],
  };
}

function Stat({ panel, frames, width, height }) {
  const all = figures(panel, frames);
  const each = height / all.length;
  return all.map((v, i) => (
    <BigValue key={i} width={width} height={each} value={{ ...v.display, title: panel.options.textMode === 'value_and_name' ? v.display.title : undefined }} theme={theme}
      sparkline={panel.options.graphMode === 'area' ? v.sparkline : undefined}
      colorMode="value" graphMode={panel.options.graphMode} justifyMode="auto" textMode={panel.options.textMode} text={panel.options.text} count={all.length} />
  ));
}

function Graph({ panel, frames, width, height }) {
  const span = { '31d': 31, '14d': 14, '1y': 365 }[panel.timeFrom] ?? (panel.interval ? 730 : 0.04);
  const from = data.dateTime(now - span * day), to = data.dateTime(now);
  return (
    <TimeSeries frames={frames} structureRev={1} width={width} height={height} timeZone="browser" timeRange={{ from, to, raw: { from, to } }}
      legend={{ ...panel.options.legend }} options={{}} replaceVariables={(s) => s} />
  );
}

function Panel({ panel, frames }) {
  if (panel.type === 'row') {
    return <div style={{ position: 'absolute', left: 8, top: 8 + panel.gridPos.y * 38, font: '500 16px Inter, Helvetica, Arial, sans-serif', lineHeight: '30px' }}>› {panel.title}</div>;
  }
  const { x, y, w, h } = panel.gridPos;
  const width = w * cell - 8, height = h * 38 - 8;
  const inside = { panel, frames, width: width - 16, height: height - 40 };
  const empty = frames.every((f) => f.length === 0);
  let content = <div style={{ color: theme.colors.text.secondary, textAlign: 'center', paddingTop: 8 }}>{panel.fieldConfig.defaults.noValue ?? 'No data'}</div>;
  if (!empty) {
    content = panel.type === 'stat' ? <Stat {...inside} />
      : panel.type === 'table' ? <Table data={frames[0]} width={inside.width} height={inside.height} columnMinWidth={60} initialSortBy={[]} />
        : <Graph {...inside} />;
  }
  return (
    <div style={{ position: 'absolute', left: 8 + x * cell, top: 8 + y * 38, width, height, background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, borderRadius: 2, overflow: 'hidden' }}>
      <div style={{ font: '500 14px Inter, Helvetica, Arial, sans-serif', padding: '8px 8px 4px' }}>{panel.title}</div>
      <div style={{ padding: '0 8px' }}>{content}</div>
    </div>
  );
}

const all = await Promise.all(panels.map(async (original, i) => {
  let panel = original.type === 'barchart' ? onTime(original) : original;
  if (panel.type === 'timeseries') {
    panel = { ...panel, fieldConfig: { ...panel.fieldConfig, defaults: { ...panel.fieldConfig.defaults, custom: { ...drawn, ...panel.fieldConfig.defaults.custom } } } };
  }
  return <Panel key={i} panel={panel} frames={panel.type === 'row' ? [] : await shown(panel, answers[i])} />;
}));
document.body.style.cssText = `margin: 0; background: ${theme.colors.background.canvas}; color: ${theme.colors.text.primary}; font: 14px Inter, Helvetica, Arial, "Noto Sans CJK SC", sans-serif`;
createRoot(document.getElementById('root')).render(<ThemeContext.Provider value={theme}><GlobalStyles />{all}</ThemeContext.Provider>);
