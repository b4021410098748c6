package harness

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// Server is where an exporter serves its pages.
type Server struct{ URL string }

// Get asks the exporter for a path.
func (s Server) Get(t testing.TB, path string) (status int, body string) {
	t.Helper()
	return Fetch(t, http.MethodGet, s.URL+path)
}

// Scrape returns the samples of /metrics by series.
func (s Server) Scrape(t testing.TB) map[string]string {
	t.Helper()
	status, body := s.Get(t, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", status, body)
	}
	return Samples(t, body)
}

// Fetch makes a request and returns the whole answer.
func Fetch(t testing.TB, method, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp.StatusCode, string(b)
}

// Samples returns the samples of a page by series, and fails the test for one
// that comes twice.
func Samples(t testing.TB, page string) Series {
	t.Helper()
	all := Series{}
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		if _, twice := all[line[:i]]; twice {
			t.Errorf("%s comes twice", line[:i])
		}
		all[line[:i]] = line[i+1:]
	}
	return all
}

// Dated returns those of the samples that carry a date, which are WeChat's.
func Dated(samples map[string]string) map[string]string {
	dated := map[string]string{}
	for series, v := range samples {
		if strings.Contains(series, `date="`) {
			dated[series] = v
		}
	}
	return dated
}

// Filled reports whether every account has been polled with success.
func Filled(samples map[string]string, accounts ...string) bool {
	return !slices.ContainsFunc(accounts, func(a string) bool { return samples[`wx_up{account="`+a+`"}`] != "1" })
}

// Counted returns what the counters of an account's polling have counted.
func Counted(samples map[string]string, account string) map[string]float64 {
	counted := map[string]float64{}
	for name, v := range samples {
		metric, labels, _ := strings.Cut(name, "{")
		switch metric {
		case "wx_api_requests_total", "wx_rows_dropped_total", "wx_fields_unreadable_total", "wx_token_refreshes_total":
			if strings.Contains(labels, `account="`+account+`"`) {
				counted[name], _ = strconv.ParseFloat(v, 64)
			}
		}
	}
	return counted
}

// Exposed is the text of what a gatherer gathers.
func Exposed(t testing.TB, g prometheus.Gatherer) string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Error(err)
	}
	var b strings.Builder
	encoder := expfmt.NewEncoder(&b, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			t.Error(err)
		}
	}
	return b.String()
}

// Series are the samples of a page by their names and labels.
type Series map[string]string

// With returns the series whose text holds all of the parts.
func (s Series) With(parts ...string) Series {
	some := Series{}
	for name, v := range s {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(name, p) }) {
			some[name] = v
		}
	}
	return some
}
