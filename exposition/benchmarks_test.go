package exposition

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	kflate "github.com/klauspost/compress/flate"
)

// What the line deflater saves.
func BenchmarkDeflate(b *testing.B) {
	raw := hourly(2)
	b.Run("lines", func(b *testing.B) {
		d := newLineDeflater()
		var z []byte
		for b.Loop() {
			z = d.deflate(z[:0], raw)
		}
		b.ReportMetric(float64(len(z)), "bytes")
	})
	b.Run("flate", func(b *testing.B) {
		var z bytes.Buffer
		w, err := kflate.NewWriter(&z, 6)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			z.Reset()
			w.Reset(&z)
			w.Write(raw)
			w.Flush()
		}
		b.ReportMetric(float64(z.Len()), "bytes")
	})
}

func BenchmarkScrape(b *testing.B) {
	f := newFleet(b, Options{})
	for _, target := range []string{"/metrics", "/metrics?collect[]=user", "/probe?target=brand"} {
		for _, encoding := range []string{"gzip", "identity", "zstd"} {
			b.Run(target+" "+encoding, func(b *testing.B) {
				r := httptest.NewRequest(http.MethodGet, target, nil)
				r.Header.Set("Accept-Encoding", encoding)
				w, h := &discard{header: make(http.Header)}, f.handler(target)
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					h.ServeHTTP(w, r)
				}
			})
		}
	}
}
