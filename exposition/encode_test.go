package exposition

import (
	"bytes"
	"math"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/proto"
)

// A plain family's lines are what expfmt writes, byte for byte.
func TestAppendLines(t *testing.T) {
	values := []float64{
		0, math.Copysign(0, -1), 1, -1, 7, 42, 999_999, -999_999, 1e6, 1_000_001, 123456789, 1e15, 1e20, 1e21, 1e22,
		0.5, -0.25, 1.0 / 3, 1e-4, 1e-5, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), math.NaN(),
		1<<53 + 2, 999_999.5,
	}
	labels := []string{"", "a", "2026-11-20", `"`, `\`, "\n", "\\n", `a"b\c` + "\nd", `""""`, "标题", "🎉", " ", "{}", "\x01", "tab\t"}
	for _, typ := range []dto.MetricType{dto.MetricType_GAUGE, dto.MetricType_COUNTER, dto.MetricType_UNTYPED} {
		mf := &dto.MetricFamily{Name: proto.String("wx_m"), Help: proto.String("h"), Type: typ.Enum()}
		add := func(v float64, labels ...string) {
			m := &dto.Metric{}
			for i, l := range labels {
				m.Label = append(m.Label, &dto.LabelPair{Name: proto.String(string(rune('a' + i))), Value: proto.String(l)})
			}
			switch typ {
			case dto.MetricType_GAUGE:
				m.Gauge = &dto.Gauge{Value: &v}
			case dto.MetricType_COUNTER:
				m.Counter = &dto.Counter{Value: &v}
			default:
				m.Untyped = &dto.Untyped{Value: &v}
			}
			mf.Metric = append(mf.Metric, m)
		}
		for _, v := range values {
			add(v)
			add(v, "x")
		}
		for _, l := range labels {
			add(1, l)
			add(2, "x", l, "y")
		}
		if !plain(mf) || !legacy(mf) {
			t.Fatalf("%v: not plain", typ)
		}
		var want bytes.Buffer
		if _, err := expfmt.MetricFamilyToText(&want, mf); err != nil {
			t.Fatal(err)
		}
		head, _, err := split(mf, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendLines(head, mf); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%v: got\n%s\nwant\n%s", typ, got, want.Bytes())
		}
	}
}

func TestPlain(t *testing.T) {
	one := proto.Float64(1)
	for name, c := range map[string]struct {
		typ  dto.MetricType
		m    *dto.Metric
		want bool
	}{
		"gauge":                 {dto.MetricType_GAUGE, &dto.Metric{Gauge: &dto.Gauge{Value: one}}, true},
		"counter":               {dto.MetricType_COUNTER, &dto.Metric{Counter: &dto.Counter{Value: one}}, true},
		"counter with exemplar": {dto.MetricType_COUNTER, &dto.Metric{Counter: &dto.Counter{Value: one, Exemplar: &dto.Exemplar{Value: one}}}, false},
		"gauge with time":       {dto.MetricType_GAUGE, &dto.Metric{Gauge: &dto.Gauge{Value: one}, TimestampMs: proto.Int64(1)}, false},
		"gauge without value":   {dto.MetricType_GAUGE, &dto.Metric{Counter: &dto.Counter{Value: one}}, false},
		"histogram":             {dto.MetricType_HISTOGRAM, &dto.Metric{Histogram: &dto.Histogram{}}, false},
		"summary":               {dto.MetricType_SUMMARY, &dto.Metric{Summary: &dto.Summary{}}, false},
	} {
		mf := &dto.MetricFamily{Name: proto.String("m"), Type: c.typ.Enum(), Metric: []*dto.Metric{c.m}}
		if got := plain(mf); got != c.want {
			t.Errorf("%s: plain is %v, want %v", name, got, c.want)
		}
	}
}

func TestLegacy(t *testing.T) {
	for name, want := range map[string]bool{"wx_m": true, "wx:m": true, "wx.m": false, "度量": false} {
		if got := legacy(&dto.MetricFamily{Name: &name}); got != want {
			t.Errorf("metric %q: legacy is %v", name, got)
		}
		label := func(n string) *dto.Metric { return &dto.Metric{Label: []*dto.LabelPair{{Name: &n, Value: &n}}} }
		mf := &dto.MetricFamily{Name: proto.String("m"), Metric: []*dto.Metric{label("a"), label("a"), label(name)}}
		if got := legacy(mf); got != want {
			t.Errorf("label %q: legacy is %v", name, got)
		}
	}
}
