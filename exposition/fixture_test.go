package exposition

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"github.com/wxexporter/wx_exporter/collector"
)

// start returns a cache whose Run runs until the test ends.
func start(t testing.TB, o Options) *Cache {
	t.Helper()
	c := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return c
}

// set makes a gatherer all that an account has.
func set(c *Cache, account, family string, g prometheus.Gatherer) {
	c.Set(account, map[string]prometheus.Gatherer{family: g})
}

// settle waits until the page has what was set.
func settle(t testing.TB, c *Cache) {
	t.Helper()
	if err := c.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func registry(c ...prometheus.Collector) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(c...)
	return r
}

// gauges returns a gauge vector with the constant label account.
func gauges(account, name string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: name, Help: "Figures of " + name + ".", ConstLabels: prometheus.Labels{"account": account},
	}, labels)
}

// constant is a collector of metrics that do not change.
type constant []prometheus.Metric

func (c constant) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c {
		ch <- m.Desc()
	}
}

func (c constant) Collect(ch chan<- prometheus.Metric) {
	for _, m := range c {
		ch <- m
	}
}

// everything returns an account's gatherers, by family, with the values and
// labels that are written in unusual ways.
func everything(account string, extra prometheus.Labels) map[string]prometheus.Gatherer {
	labels := prometheus.Labels{"account": account}
	for k, v := range extra {
		labels[k] = v
	}
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, variable, labels)
	}
	users := constant{}
	d := desc("wx_new_users", `Users who came; "quoted", back\slash and
a second line.`, "date", "source")
	for i, v := range []float64{0, 1, -1, 12, 999999, 1e6, 1234567, 1e21, 0.1, -2.5e-7, 1.5e300, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1)} {
		users = append(users, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, "2026-11-20", strconv.Itoa(i)))
	}
	articles := constant{}
	d = desc("wx_article_info", "Titles, 标题.", "msgid", "title")
	for i, title := range []string{"", "十一月的新闻 🎉", `a "b" \ c`, "two\nlines", `\`, `"`, "}", " 1 ", strings.Repeat("长", 300)} {
		articles = append(articles, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, 1, strconv.Itoa(i), title))
	}

	// A metric of several families.
	newest := desc("wx_latest_date_timestamp_seconds", "Newest day.", "api")
	users = append(users, prometheus.MustNewConstMetric(newest, prometheus.GaugeValue, 1763568000, "getusersummary"))
	articles = append(articles, prometheus.MustNewConstMetric(newest, prometheus.GaugeValue, 1763481600, "getarticletotal"))

	exporter := constant{
		prometheus.MustNewConstMetric(desc("wx_badly_named", "A counter."), prometheus.CounterValue, 5),
		prometheus.MustNewConstMetric(desc("wx_untyped", "Of no type."), prometheus.UntypedValue, 1.5),
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wx_api_requests_total", Help: "Requests.", ConstLabels: labels}, []string{"code"})
	requests.WithLabelValues("0").Add(3)
	requests.WithLabelValues("45009").Add(1e7)
	return map[string]prometheus.Gatherer{
		"user":             registry(users),
		"article":          registry(articles),
		collector.Exporter: registry(exporter),
		collector.Own:      registry(requests),
	}
}

// ofProcess returns what a process says of itself, in metrics of all types
// and with what the formats write differently.
func ofProcess() *prometheus.Registry {
	desc := func(name string) *prometheus.Desc { return prometheus.NewDesc(name, "Of the process.", nil, nil) }
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wx_api_request_duration_seconds", Help: "Durations.", Buckets: []float64{0.1, 1, 10}}, []string{"api"})
	h.WithLabelValues("getusersummary").Observe(0.25)
	n := prometheus.NewCounter(prometheus.CounterOpts{Name: "process_wakeups_total", Help: "Wakeups."})
	n.Add(2)
	exemplar := prometheus.Exemplar{Value: 1, Labels: prometheus.Labels{"trace": "abc"}, Timestamp: time.Unix(1763600000, 0)}
	return registry(h, n, constant{
		prometheus.NewMetricWithTimestamp(time.Unix(1763600000, 123e6), prometheus.MustNewConstMetric(desc("process_stamped"), prometheus.GaugeValue, 7)),
		prometheus.MustNewMetricWithExemplars(prometheus.MustNewConstMetric(desc("process_traced_total"), prometheus.CounterValue, 5), exemplar),
		prometheus.MustNewConstSummary(desc("process_quantiles"), 4, 6.5, map[float64]float64{0.5: 1, 1: 3}),
	})
}

// get asks h and returns its answer.
func get(h http.Handler, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// page returns the text of an answer, which must be 200 and of no encoding.
func pageOf(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Encoding") != "" {
		t.Fatalf("answer %d, Content-Encoding %q: %s", r.StatusCode, r.Header.Get("Content-Encoding"), b)
	}
	return string(b)
}

// gunzip returns what a single gzip member has; anything else fails the test.
func gunzip(t testing.TB, b []byte) string {
	t.Helper()
	in := bytes.NewReader(b)
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false)
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if in.Len() > 0 {
		t.Fatalf("%d bytes behind the gzip member", in.Len())
	}
	return string(out)
}

const (
	acceptText        = "text/plain;version=0.0.4"
	acceptOpenMetrics = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
	acceptProtobuf    = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	eof               = "# EOF\n"
)

// reference is what promhttp serves for the same gatherers in our formats.
func reference(gs ...prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(prometheus.Gatherers(gs), promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		AcceptedFormats:     []expfmt.Format{expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtText},
		OfferedCompressions: []promhttp.Compression{promhttp.Identity, promhttp.Gzip},
	})
}

// compare fails the test unless two pages have the same lines, but for the order
// of metrics and how a number is written.
func compare(t testing.TB, got, want string) {
	t.Helper()
	lines := make(map[string]int)
	for _, l := range normalized(t, got) {
		lines[l]++
	}
	for _, l := range normalized(t, want) {
		lines[l]--
	}
	for l, n := range lines {
		if n > 0 {
			t.Errorf("a line too many:  %s", l)
		} else if n < 0 {
			t.Errorf("a line is missing: %s", l)
		}
	}
	if strings.HasSuffix(want, eof) != strings.HasSuffix(got, eof) {
		t.Errorf("page ends with %.20q", got[max(0, len(got)-20):])
	}
}

// normalized returns a page's lines with values in one way of writing.
func normalized(t testing.TB, page string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "#") {
			n := endOfLabels(line)
			value, rest, _ := strings.Cut(line[n+1:], " ")
			f, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatalf("%v in %q", err, line)
			}
			line = line[:n] + " " + strconv.FormatFloat(f+0, 'g', -1, 64) + " " + rest
		}
		out = append(out, line)
	}
	return out
}

// endOfLabels returns where the value's space is.
func endOfLabels(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case quoted && line[i] == '\\':
			i++
		case line[i] == '"':
			quoted = !quoted
		case !quoted && line[i] == ' ':
			return i
		}
	}
	return len(line) - 1
}

// inOrder fails the test where the lines of a metric do not stand together.
func inOrder(t testing.TB, page string) {
	t.Helper()
	seen := make(map[string]bool)
	for line := range strings.Lines(page) {
		if head, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ := strings.Cut(head, " ")
			if seen[name] {
				t.Errorf("%s has two TYPE lines", name)
			}
			seen[name] = true
		}
	}
}
