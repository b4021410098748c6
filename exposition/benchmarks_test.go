package exposition

import (
	"testing"

	"fmt"
	dto "github.com/prometheus/client_model/go"
)

func sampleFamily() *dto.MetricFamily {
	n, h := "wx_read_hourly_int_page_reads", "help"
	mf := &dto.MetricFamily{Name: &n, Help: &h, Type: dto.MetricType_GAUGE.Enum()}
	pair := func(n, v string) *dto.LabelPair { return &dto.LabelPair{Name: &n, Value: &v} }
	for d := range 4 {
		for h := range 24 {
			for s := range 4 {
				v := float64((d*7919 + h*104729 + s*1299709) % 5000)
				mf.Metric = append(mf.Metric, &dto.Metric{Gauge: &dto.Gauge{Value: &v}, Label: []*dto.LabelPair{
					pair("account", "a001"), pair("date", fmt.Sprintf("2026-11-%02d", 10+d)), pair("hour", fmt.Sprintf("%02d", h)), pair("source", fmt.Sprint(s))}})
			}
		}
	}
	return mf
}

func BenchmarkAppendLines(b *testing.B) {
	mf := sampleFamily()
	var buf []byte
	for b.Loop() {
		buf = appendLines(buf[:0], mf)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(mf.Metric)), "ns/line")
}

func BenchmarkLines(b *testing.B) {
	mf := sampleFamily()
	raw := appendLines(nil, mf)
	d := newLineDeflater()
	var buf []byte
	for b.Loop() {
		buf = d.deflate(buf[:0], raw)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(mf.Metric)), "ns/line")
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkHuffmanHead(b *testing.B) {
	mf := sampleFamily()
	mf.Metric = mf.Metric[:2]
	raw := appendLines(nil, mf)
	d := newLineDeflater()
	var buf []byte
	for b.Loop() {
		buf = d.deflate(buf[:0], raw)
	}
}
