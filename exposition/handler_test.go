package exposition

import (
	"bytes"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// fleet is a cache with accounts of all kinds of metrics, and its gatherers.
type fleet struct {
	*Cache
	units map[Key]prometheus.Gatherer
	own   prometheus.Gatherer
}

func newFleet(t testing.TB, o Options) *fleet {
	f := &fleet{units: make(map[Key]prometheus.Gatherer), own: ownMetrics()}
	o.Own = f.own
	f.Cache = start(t, o)
	for account, extra := range map[string]prometheus.Labels{
		"brand": nil, "Zoo": {"team": "growth"}, "a.b-c_1": {"team": `"the" \ 团队`, "zone": "é"},
	} {
		for family, g := range everything(account, extra) {
			f.units[Key{account, family}] = g
			f.Set(Key{account, family}, g)
		}
	}
	settle(t, f.Cache)
	return f
}

// reference is promhttp over what an account, "" for all, has in families.
func (f *fleet) reference(account string, families ...string) http.Handler {
	var gs []prometheus.Gatherer
	keep := selection(families)
	for k, g := range f.units {
		if (account == "" || k.Account == account) && keep.has(k.Family) {
			gs = append(gs, g)
		}
	}
	if account == "" && keep.has(Exporter) {
		gs = append(gs, f.own)
	}
	return reference(gs...)
}

var selections = []struct {
	target   string // and the path
	account  string
	families []string
}{
	{"/metrics", "", nil},
	{"/metrics?unknown=parameter", "", nil},
	{"/metrics?target=brand", "", nil},
	{"/metrics?collect[]=user", "", []string{"user"}},
	{"/metrics?collect%5B%5D=article&collect[]=user", "", []string{"user", "article"}},
	{"/metrics?collect[]=exporter", "", []string{Exporter}},
	{"/metrics?collect[]=exporter&collect[]=article", "", []string{Exporter, "article"}},
	{"/metrics?collect[]=nothing", "", []string{"nothing"}},
	{"/metrics?collect[]=", "", []string{""}},
	{"/probe?target=brand", "brand", nil},
	{"/probe?target=a.b-c_1&collect[]=user", "a.b-c_1", []string{"user"}},
	{"/probe?target=Zoo&collect[]=exporter", "Zoo", []string{Exporter}},
	{"/probe?target=Zoo&collect[]=nothing", "Zoo", []string{"nothing"}},
}

func (f *fleet) handler(target string) http.Handler {
	if strings.HasPrefix(target, "/probe") {
		return f.Probe()
	}
	return f.Metrics()
}

// The cache serves sample for sample what promhttp makes of the same gatherers,
// in every format and encoding, for every selection.
func TestServesWhatPromhttpServes(t *testing.T) {
	f := newFleet(t, Options{})
	for _, s := range selections {
		for name, accept := range map[string]string{"text": acceptText, "OpenMetrics": acceptOpenMetrics, "OpenMetrics 0.0.1": "application/openmetrics-text"} {
			t.Run(s.target+" "+name, func(t *testing.T) {
				want := get(f.reference(s.account, s.families...), s.target, "Accept", accept)
				got := get(f.handler(s.target), s.target, "Accept", accept)
				if g, w := got.Header.Get("Content-Type"), want.Header.Get("Content-Type"); g != w {
					t.Errorf("Content-Type %q, want %q", g, w)
				}
				page := pageOf(t, got)
				compare(t, page, pageOf(t, want))
				inOrder(t, page)
				if g := got.Header.Get("Content-Length"); g != strconv.Itoa(len(page)) {
					t.Errorf("Content-Length %s of %d bytes", g, len(page))
				}
				encodings(t, f.handler(s.target), s.target, accept, page)
			})
		}
	}
}

// encodings checks that all encodings have the same page.
func encodings(t *testing.T, h http.Handler, target, accept, page string) {
	t.Helper()
	r := get(h, target, "Accept", accept, "Accept-Encoding", "gzip")
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := gunzip(t, b); got != page || r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Content-Length") != strconv.Itoa(len(b)) {
		t.Errorf("gzip: %d bytes, want %d; headers %v", len(got), len(page), r.Header)
	}
	r = get(h, target, "Accept", accept, "Accept-Encoding", "gzip;q=0.5, zstd")
	z, err := zstd.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	b, err = io.ReadAll(z)
	if err != nil || string(b) != page || r.Header.Get("Content-Encoding") != "zstd" {
		t.Errorf("zstd: %v, %d bytes, want %d; headers %v", err, len(b), len(page), r.Header)
	}
}

// Prometheus' own text parser reads the page, and the metrics stand in the order
// that people look for them in.
func TestPageParses(t *testing.T) {
	f := newFleet(t, Options{})
	page := pageOf(t, get(f.Metrics(), "/metrics"))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(families["wx_new_users"].GetMetric()); got != 3*15 {
		t.Errorf("wx_new_users has %d samples, want those of three accounts", got)
	}
	var at []int
	for _, s := range []string{`wx_article_info{account="Zoo"`, `wx_article_info{account="a.b-c_1"`, `wx_article_info{account="brand"`, `wx_new_users{account="Zoo"`, `wx_new_users{account="brand"`, "process_wakeups_total 2"} {
		at = append(at, strings.Index(page, s))
	}
	for i := range at {
		if at[i] < 0 || i > 0 && at[i] < at[i-1] {
			t.Errorf("the order is %v, want metric, then account, the process last", at)
			break
		}
	}
}

// What the cache has not is promhttp's, over the same gatherers.
func TestUnusualRequests(t *testing.T) {
	f := newFleet(t, Options{})
	for name, c := range map[string]struct {
		target, accept, account string
		families                []string
	}{
		"protobuf":              {"/metrics", acceptProtobuf, "", nil},
		"protobuf of a family":  {"/metrics?collect[]=user", acceptProtobuf, "", []string{"user"}},
		"protobuf of a target":  {"/probe?target=brand", acceptProtobuf, "brand", nil},
		"a metric":              {"/metrics?name[]=wx_new_users", acceptText, "", nil},
		"a metric of a family":  {"/metrics?name[]=wx_new_users&collect[]=article", acceptText, "", []string{"article"}},
		"metrics of a target":   {"/probe?target=brand&name[]=wx_new_users&name[]=wx_untyped", acceptOpenMetrics, "brand", nil},
		"a metric, all targets": {"/metrics?name[]=wx_new_users&target=brand", acceptText, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			want := get(f.reference(c.account, c.families...), c.target, "Accept", c.accept)
			got := get(f.handler(c.target), c.target, "Accept", c.accept)
			if g, w := got.Header.Get("Content-Type"), want.Header.Get("Content-Type"); g != w {
				t.Errorf("Content-Type %q, want %q", g, w)
			}
			if g, w := pageOf(t, got), pageOf(t, want); g != w {
				t.Errorf("got %d bytes, want %d", len(g), len(w))
			}
		})
	}
}

// Names outside the old charset are escaped for clients that need it.
func TestEscaping(t *testing.T) {
	m := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "wx.temperatur.grün", Help: "h"}, []string{"stadt.teil"})
	m.WithLabelValues("Köln").Set(4)
	g := registry(m)
	c := start(t, Options{})
	c.Set(Key{"a", "user"}, g)
	settle(t, c)
	process := New(Options{Own: g})
	for _, format := range []string{acceptText, "application/openmetrics-text;version=1.0.0"} {
		for _, escaping := range []string{"", ";escaping=allow-utf-8", ";escaping=underscores", ";escaping=dots", ";escaping=values"} {
			for _, h := range []struct {
				http.Handler
				target string
			}{{c.Metrics(), "/metrics"}, {c.Probe(), "/probe?target=a"}, {process.Metrics(), "/metrics"}} {
				got, want := get(h, h.target, "Accept", format+escaping), get(reference(g), "/", "Accept", format+escaping)
				compare(t, pageOf(t, got), pageOf(t, want))
				if g, w := got.Header.Get("Content-Type"), want.Header.Get("Content-Type"); g != w {
					t.Errorf("%s: Content-Type %q, want %q", escaping, g, w)
				}
			}
		}
	}
}

func TestHead(t *testing.T) {
	f := newFleet(t, Options{})
	for _, encoding := range []string{"gzip", "identity", "zstd"} {
		for _, target := range []string{"/metrics", "/metrics?collect[]=user", "/probe?target=brand"} {
			body, err := io.ReadAll(get(f.handler(target), target, "Accept-Encoding", encoding).Body)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodHead, target, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			f.handler(target).ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Body.Len() > 0 {
				t.Errorf("%s, %s: %d with %d bytes", target, encoding, w.Code, w.Body.Len())
			}
			if got := w.Header().Get("Content-Length"); encoding != "zstd" && got != strconv.Itoa(len(body)) {
				t.Errorf("%s, %s: Content-Length %s, GET has %d", target, encoding, got, len(body))
			}
		}
	}
}

func TestProbeErrors(t *testing.T) {
	c := start(t, Options{Families: []string{"user", Exporter}})
	c.Set(Key{"a", "user"}, registry())
	settle(t, c)
	for target, want := range map[string]int{
		"/probe":                             http.StatusBadRequest,
		"/probe?target=":                     http.StatusBadRequest,
		"/probe?target=b":                    http.StatusNotFound,
		"/probe?target=A":                    http.StatusNotFound,
		"/probe?target=a":                    http.StatusOK,
		"/probe?target=a&target=b":           http.StatusOK,
		"/probe?target=a&collect[]=user":     http.StatusOK,
		"/probe?target=a&collect[]=exporter": http.StatusOK,
		"/probe?target=a&collect[]=users":    http.StatusBadRequest,
		"/probe?target=%zz":                  http.StatusBadRequest,
	} {
		r := get(c.Probe(), target)
		b, _ := io.ReadAll(r.Body)
		if r.StatusCode != want {
			t.Errorf("%s: %d %q, want %d", target, r.StatusCode, b, want)
		}
		if want != http.StatusOK && len(b) == 0 {
			t.Errorf("%s: no word about what is wrong", target)
		}
	}
	if r := get(c.Metrics(), "/metrics?collect[]=users"); r.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown family is answered with %d", r.StatusCode)
	}
}

// An account that is set but not rendered is no unknown account.
func TestProbeBeforeRendering(t *testing.T) {
	c := New(Options{})
	c.Set(Key{"a", "user"}, registry())
	if page := pageOf(t, get(c.Probe(), "/probe?target=a", "Accept", acceptOpenMetrics)); page != eof {
		t.Errorf("page %q", page)
	}
}

func TestEmptyCache(t *testing.T) {
	c := New(Options{})
	if page := pageOf(t, get(c.Metrics(), "/metrics")); page != "" {
		t.Errorf("text page %q", page)
	}
	if page := pageOf(t, get(c.Metrics(), "/metrics", "Accept", acceptOpenMetrics)); page != eof {
		t.Errorf("OpenMetrics page %q", page)
	}
	b, _ := io.ReadAll(get(c.Metrics(), "/metrics", "Accept-Encoding", "gzip").Body)
	if page := gunzip(t, b); page != "" {
		t.Errorf("gzip page %q", page)
	}
}

// A page too large to be copied into one piece comes out whole over a real
// connection, and the connection stays usable.
func TestLargePageOverHTTP(t *testing.T) {
	m := gauges("a", "wx_m", "title")
	rnd := rand.New(rand.NewPCG(9, 10))
	for i := range 3000 {
		title := make([]byte, 200) // that does not compress
		for j := range title {
			title[j] = byte(rnd.Uint32())
		}
		m.WithLabelValues(hex.EncodeToString(title)).Set(float64(i))
	}
	c := start(t, Options{Timeout: 1 << 40})
	c.Set(Key{"a", "user"}, registry(m))
	settle(t, c)
	if n := len(c.snapshot.Load().page.b); n < smallPage {
		t.Fatalf("the page has %d bytes only", n)
	}
	server := httptest.NewServer(c.Metrics())
	defer server.Close()
	want := pageOf(t, get(reference(registry(m)), "/"))
	for range 3 {
		for _, encoding := range []string{"gzip", "identity", "zstd"} {
			r, err := http.NewRequest(http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept-Encoding", encoding)
			resp, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, decoded(t, resp), want)
		}
	}
}

// decoded returns the page of an answer in any encoding.
func decoded(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		return gunzip(t, b)
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}
