package exposition

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var acceptHeaders = []string{
	"", "*/*", "text/plain", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
	acceptText, acceptOpenMetrics, acceptProtobuf,
	"text/plain;version=1.0.0", "text/*;q=0.3", "text/plain;q=0",
	"application/openmetrics-text", "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
	"application/openmetrics-text;version=2.0.0;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8",
	"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
	"text/plain;version=0.0.4;escaping=dots", "text/plain;version=0.0.4;escaping=values", "text/plain;version=0.0.4;escaping=nonsense",
	acceptProtobuf + ";q=0.7,text/plain;version=0.0.4;q=0.3", acceptProtobuf + ";q=0.1,text/plain;version=0.0.4;q=0.3",
	"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
	"application/json", ",", ";;;", "/", "text/plain;q=NaN", "text/plain;q=", "a/b/c, text/plain", "\x00\xff", strings.Repeat("a/b;c=d,", 500),
}

var encodingHeaders = []string{
	"", "gzip", "GZIP", "zstd", "identity", "br", "*", "gzip, deflate, br, zstd", "zstd, gzip", "gzip;q=0.5, zstd", "gzip;q=0.5,zstd;q=0.5", "gzip;q=0.4, zstd;q=0.6",
	"gzip;q=0", "*;q=0", "identity;q=0", "identity;q=0, gzip;q=0.1", "gzip;q=1.0, identity; q=0.5, *;q=0", "*;q=0.5, gzip;q=0.1", "gzip;q=0.1, *;q=0.5",
	"gzip;q=2", "gzip;q=1.5,zstd;q=1", "gzip;q=-1", "gzip;q=x", "gzip;x=1, zstd", "gzip ; q=0.3 , zstd ; q=0.2", "gzip,,zstd", ", gzip", "gzip zstd", "gzip;q=0.3.4, zstd", "gzip;q=1., zstd", "a/gzip", "gzip;", "\x00", "zstd;q=0.9999999999999999999999",
}

// What a client is given is what promhttp gives it, whatever it asks for.
func TestNegotiatesAsPromhttp(t *testing.T) {
	m := gauges("a", "wx_m")
	m.WithLabelValues().Set(1)
	c := start(t, Options{})
	c.Set(Key{"a", "user"}, registry(m))
	settle(t, c)
	want := reference(registry(m))
	for _, accept := range acceptHeaders {
		for _, encoding := range encodingHeaders {
			sameHeaders(t, c.Metrics(), want, accept, encoding)
		}
	}
}

func sameHeaders(t *testing.T, got, want http.Handler, accept string, encodings ...string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header["Accept"] = []string{accept}
	r.Header["Accept-Encoding"] = encodings
	g, w := httptest.NewRecorder(), httptest.NewRecorder()
	got.ServeHTTP(g, r)
	want.ServeHTTP(w, r)
	if g.Code != w.Code {
		t.Errorf("%q, %q: status %d, want %d", accept, encodings, g.Code, w.Code)
	}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Vary"} {
		if strings.Join(g.Header()[name], "|") != strings.Join(w.Header()[name], "|") {
			t.Errorf("%q, %q: %s is %q, want %q", accept, encodings, name, g.Header()[name], w.Header()[name])
		}
	}
}

func FuzzNegotiation(f *testing.F) {
	for i, accept := range acceptHeaders {
		f.Add(accept, encodingHeaders[i%len(encodingHeaders)], "gzip")
	}
	for _, encoding := range encodingHeaders {
		f.Add("", encoding, "")
	}
	got, want := New(Options{}).Metrics(), reference()
	f.Fuzz(func(t *testing.T, accept, encoding, second string) {
		sameHeaders(t, got, want, accept, encoding)
		sameHeaders(t, got, want, accept, encoding, second)
	})
}

// Clients cannot make it remember more than it should.
func TestNegotiationsAreBounded(t *testing.T) {
	var n negotiations
	for i := range 10 * maxNegotiations {
		n.of(http.Header{"Accept": {"text/plain;x=" + strings.Repeat("x", i)}})
	}
	n.of(http.Header{"Accept": {strings.Repeat("x", maxHeaders+1)}})
	if got := len(*n.known.Load()); got > maxNegotiations {
		t.Errorf("remembers %d answers", got)
	}
	a := n.of(http.Header{"Accept": {acceptOpenMetrics}, "Accept-Encoding": {"gzip"}})
	if a.format != openMetrics || a.encoding != encGzip {
		t.Errorf("once full, it answers %+v", a)
	}
}
