package exposition

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/wxexporter/wx_exporter/collector"
)

// fleet is a cache with accounts of all kinds of metrics, and its gatherers.
type fleet struct {
	*Cache
	units   map[string]map[string]prometheus.Gatherer // by account and family
	process prometheus.Gatherer
}

func newFleet(t testing.TB, o Options) *fleet {
	f := &fleet{units: make(map[string]map[string]prometheus.Gatherer), process: ofProcess()}
	o.Process = f.process
	f.Cache = start(t, o)
	for account, extra := range map[string]prometheus.Labels{
		"brand": nil, "Zoo": {"team": "growth"}, "a.b-c_1": {"team": `"the" \ 团队`, "zone": "é"},
	} {
		f.units[account] = everything(account, extra)
		f.Set(account, f.units[account])
	}
	settle(t, f.Cache)
	return f
}

// TestProbeIsTheSameEverywhere: any replica may answer /probe, so what is a process'
// own is on /metrics alone.
func TestProbeIsTheSameEverywhere(t *testing.T) {
	f := newFleet(t, Options{})
	for target, want := range map[string]bool{
		"/probe?target=brand": false, "/probe?target=brand&collect[]=exporter": false, "/probe?target=brand&collect[]=own": false,
		"/metrics": true, "/metrics?collect[]=exporter": true, "/metrics?collect[]=user": false, "/metrics?collect[]=user&collect[]=exporter": true,
	} {
		page := pageOf(t, get(f.handler(target), target))
		if got := strings.Contains(page, `wx_api_requests_total{account="brand",code="0"} 3`); got != want {
			t.Errorf("%s: a counter is there: %v, want %v", target, got, want)
		}
		if shared := strings.Contains(page, "wx_badly_named"); shared != (strings.Contains(target, "exporter") || !strings.Contains(target, "collect")) {
			t.Errorf("%s: the accounts' state is there: %v", target, shared)
		}
	}
}

// reference is promhttp over what an account, "" for all, has in families.
func (f *fleet) reference(account string, families ...string) http.Handler {
	var gs []prometheus.Gatherer
	keep := selection(families)
	for name, families := range f.units {
		for family, g := range families {
			if family == collector.Own && account != "" {
				continue // of this process, so not on /probe
			}
			if (account == "" || name == account) && keep.has(family) {
				gs = append(gs, g)
			}
		}
	}
	if account == "" && keep.has(collector.Exporter) {
		gs = append(gs, f.process)
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
	{"/metrics?collect[]=exporter", "", []string{collector.Exporter}},
	{"/metrics?collect[]=exporter&collect[]=article", "", []string{collector.Exporter, "article"}},
	{"/metrics?collect[]=nothing", "", []string{"nothing"}},
	{"/metrics?collect[]=", "", []string{""}},
	{"/probe?target=brand", "brand", nil},
	{"/probe?target=a.b-c_1&collect[]=user", "a.b-c_1", []string{"user"}},
	{"/probe?target=Zoo&collect[]=exporter", "Zoo", []string{collector.Exporter}},
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
				zipped(t, f.handler(s.target), s.target, accept, page)
			})
		}
	}
}

// zipped checks that gzip has the same page.
func zipped(t *testing.T, h http.Handler, target, accept, page string) {
	t.Helper()
	r := get(h, target, "Accept", accept, "Accept-Encoding", "gzip")
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := gunzip(t, b); got != page || r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Content-Length") != strconv.Itoa(len(b)) {
		t.Errorf("gzip: %d bytes, want %d; headers %v", len(got), len(page), r.Header)
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

func TestHead(t *testing.T) {
	f := newFleet(t, Options{})
	for _, encoding := range []string{"gzip", "identity"} {
		for _, target := range []string{"/metrics", "/metrics?collect[]=user", "/probe?target=brand"} {
			server := httptest.NewServer(f.handler(target))
			defer server.Close()
			var lengths []int64
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				r, err := http.NewRequest(method, server.URL+target, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Encoding", encoding)
				answer, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				if b, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || (len(b) > 0) != (method == http.MethodGet) {
					t.Errorf("%s %s, %s: %d with %d bytes, %v", method, target, encoding, answer.StatusCode, len(b), err)
				}
				lengths = append(lengths, answer.ContentLength)
			}
			if lengths[0] != lengths[1] || lengths[0] <= 0 {
				t.Errorf("%s, %s: Content-Length is %d for GET and HEAD", target, encoding, lengths)
			}
		}
	}
}

func TestProbeErrors(t *testing.T) {
	c := start(t, Options{Families: []string{"user", collector.Exporter}})
	set(c, "a", "user", registry())
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
	set(c, "a", "user", registry())
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
