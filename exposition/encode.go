package exposition

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// format is an exposition format that is served from the cache.
type format int

const (
	text        format = iota // text/plain; version=0.0.4
	openMetrics               // application/openmetrics-text, 0.0.1 and 1.0.0
	formats                   // how many there are
)

// expfmt returns the format in the words of expfmt, names left as they are.
func (f format) expfmt() expfmt.Format {
	base := expfmt.FmtText
	if f == openMetrics {
		base = expfmt.FmtOpenMetrics_1_0_0
	}
	return base.WithEscapingScheme(model.NoEscaping)
}

// encode returns families in format f, without OpenMetrics' # EOF.
func encode(dst *bytes.Buffer, f format, families ...*dto.MetricFamily) error {
	enc := expfmt.NewEncoder(dst, f.expfmt())
	for _, mf := range families {
		if err := enc.Encode(mf); err != nil {
			return fmt.Errorf("encode %s: %w", mf.GetName(), err)
		}
	}
	return nil
}

// split returns a family in format f in two: its HELP, TYPE and UNIT lines, and
// the others, none of which begins with a #.
func split(mf *dto.MetricFamily, f format) (head, lines []byte, err error) {
	var b bytes.Buffer
	if err := encode(&b, f, mf); err != nil {
		return nil, nil, err
	}
	all, n := b.Bytes(), 0
	for bytes.HasPrefix(all[n:], []byte("#")) {
		n += bytes.IndexByte(all[n:], '\n') + 1
	}
	return all[:n], all[n:], nil
}

// plain reports whether the lines of a family are valid in every format as
// they are in the text format: nothing but a value behind the labels. (In
// OpenMetrics, values may do without the fraction that expfmt gives them;
// the labels le and quantile, timestamps and exemplars do differ.)
func plain(mf *dto.MetricFamily) bool {
	for _, m := range mf.Metric {
		var ok bool
		switch mf.GetType() {
		case dto.MetricType_GAUGE:
			ok = m.Gauge != nil
		case dto.MetricType_COUNTER:
			ok = m.Counter != nil && m.Counter.Exemplar == nil
		case dto.MetricType_UNTYPED:
			ok = m.Untyped != nil
		}
		if !ok || m.TimestampMs != nil {
			return false
		}
	}
	return true
}

// legacy reports whether all names of a family are of the charset that every
// escaping scheme leaves alone.
func legacy(mf *dto.MetricFamily) bool {
	if !model.LegacyValidation.IsValidMetricName(mf.GetName()) {
		return false
	}
	var before []*dto.LabelPair // most metrics have the label names of the one before
	for _, m := range mf.Metric {
		for i, l := range m.Label {
			if i < len(before) && (before[i].Name == l.Name || before[i].GetName() == l.GetName()) {
				continue
			}
			if !model.LegacyValidation.IsValidMetricName(l.GetName()) {
				return false
			}
		}
		before = m.Label
	}
	return true
}

// appendLines appends the lines of a family that is plain and legacy: what
// expfmt writes in the text format, at a third of the cost.
func appendLines(dst []byte, mf *dto.MetricFamily) []byte {
	name := mf.GetName()
	for _, m := range mf.Metric {
		dst = append(dst, name...)
		sep := byte('{')
		for _, l := range m.Label {
			dst = append(dst, sep)
			dst = append(dst, l.GetName()...)
			dst = append(dst, '=', '"')
			dst = appendEscaped(dst, l.GetValue())
			dst = append(dst, '"')
			sep = ','
		}
		if sep == ',' {
			dst = append(dst, '}')
		}
		dst = append(dst, ' ')
		dst = appendFloat(dst, plainValue(m))
		dst = append(dst, '\n')
	}
	return dst
}

func plainValue(m *dto.Metric) float64 {
	switch {
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	case m.Counter != nil:
		return m.Counter.GetValue()
	default:
		return m.Untyped.GetValue()
	}
}

// appendEscaped appends a label value as it stands between the quotes.
func appendEscaped(dst []byte, s string) []byte {
	done := 0
	for i := range len(s) {
		c := s[i]
		if c != '\\' && c != '"' && c != '\n' {
			continue
		}
		if c == '\n' {
			c = 'n'
		}
		dst = append(append(dst, s[done:i]...), '\\', c)
		done = i + 1
	}
	return append(dst, s[done:]...)
}

// appendFloat appends the shortest text that reads as f, as expfmt does.
func appendFloat(dst []byte, f float64) []byte {
	if math.Abs(f) < 1e6 && f == math.Trunc(f) {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}
