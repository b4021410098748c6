package wxtest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

// BenchmarkCall is one call of an API for the days that a request may ask for.
func BenchmarkCall(b *testing.B) {
	for i := range apis {
		p := &apis[i]
		b.Run(p.name, func(b *testing.B) {
			w, _ := newTest(b, friday)
			target := "/datacube/" + p.name + "?access_token=" + inProcess(b, w).token(oldID)
			end := w.Newest()
			switch {
			case strings.HasSuffix(p.name, "week"):
				end = calendartest.Day(b, "2026-11-09")
			case strings.HasSuffix(p.name, "month"), strings.Contains(p.name, "total"):
				end = calendartest.Day(b, "2026-10-01")
			}
			body := dates((end - p.span + 1).String(), end.String())
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				w.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, target, strings.NewReader(body)))
				if rec.Body.Len() < 100 {
					b.Fatalf("%s", rec.Body)
				}
				b.SetBytes(int64(rec.Body.Len()))
			}
		})
	}
}
