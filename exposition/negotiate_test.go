package exposition

import (
	"net/http"
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

// encodingHeaders says of values of Accept-Encoding whether they ask for gzip.
var encodingHeaders = map[string]bool{
	"": false, "identity": false, "br": false, "zstd": false, "*": false, "gzipped": false, "x-gzip": false, "\x00": false, ";": false,
	"gzip": true, "GZIP": true, "gzip, deflate, br, zstd": true, "zstd, gzip": true, ",,gzip": true, " gzip ": true,
	"gzip;q=1": true, "gzip;q=0.001": true, "gzip ; q=0.3 , zstd ; q=0.2": true, "identity;q=0, gzip;q=0.1": true, "*;q=0, gzip": true, "gzip;q=1.0, *;q=0": true, "\x00, gzip": true,
	"gzip;q=0": false, "gzip;q=0.000": false, "gzip; q=0": false, "gzip;Q=0, zstd": false, "*, gzip;q=0": false, "gzip;q=x": false, "gzip;q=-1": false,
}

// Of the formats, a client is given what promhttp gives it, whatever it asks for.
func TestNegotiatesFormatsAsPromhttp(t *testing.T) {
	got, want := New(Options{}).Metrics(), reference()
	for _, accept := range acceptHeaders {
		sameHeaders(t, got, want, accept)
	}
}

func sameHeaders(t *testing.T, got, want http.Handler, accept string) {
	t.Helper()
	g, w := get(got, "/metrics", "Accept", accept), get(want, "/metrics", "Accept", accept)
	if g.StatusCode != w.StatusCode {
		t.Errorf("%q: status %d, want %d", accept, g.StatusCode, w.StatusCode)
	}
	for _, name := range []string{"Content-Type", "Vary"} {
		if strings.Join(g.Header[name], "|") != strings.Join(w.Header[name], "|") {
			t.Errorf("%q: %s is %q, want %q", accept, name, g.Header[name], w.Header[name])
		}
	}
}

func FuzzNegotiation(f *testing.F) {
	for _, accept := range acceptHeaders {
		f.Add(accept)
	}
	got, want := New(Options{}).Metrics(), reference()
	f.Fuzz(func(t *testing.T, accept string) { sameHeaders(t, got, want, accept) })
}

func TestNegotiatesGzip(t *testing.T) {
	h := New(Options{}).Metrics()
	for header, want := range encodingHeaders {
		for _, headers := range [][]string{{"Accept-Encoding", header}, {"Accept-Encoding", "br", "Accept-Encoding", header}} {
			if got := get(h, "/metrics", headers...).Header.Get("Content-Encoding") == "gzip"; got != want {
				t.Errorf("%q: gzip is %v, want %v", headers, got, want)
			}
		}
	}
}
