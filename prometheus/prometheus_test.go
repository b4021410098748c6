//go:build e2e

package prometheus_test

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// prometheus is a running Prometheus.
type prometheus struct{ url string }

// row is an element of an instant query's answer.
type row struct {
	Metric map[string]string
	Value  [2]any
}

// value is a row's value.
func (r row) value() float64 {
	v, _ := strconv.ParseFloat(r.Value[1].(string), 64)
	return v
}

// startPrometheus starts Prometheus with one of the example configurations, but
// for the intervals, a second, and what change does to the jobs.
func startPrometheus(t *testing.T, program, example string, change func(jobs []map[string]any)) *prometheus {
	t.Helper()
	return startPrometheusEvery(t, "1s", program, example, change)
}

// startPrometheusEvery is startPrometheus with other intervals.
func startPrometheusEvery(t *testing.T, interval, program, example string, change func(jobs []map[string]any)) *prometheus {
	t.Helper()
	var config struct {
		Global  map[string]string `yaml:"global"`
		Rules   []string          `yaml:"rule_files"`
		Scrapes []map[string]any  `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(read(t, example), &config); err != nil {
		t.Fatal(err)
	}
	for i, rules := range config.Rules {
		path, err := filepath.Abs(rules)
		if err != nil {
			t.Fatal(err)
		}
		config.Rules[i] = path
	}
	for name := range config.Global {
		config.Global[name] = interval
	}
	change(config.Scrapes)
	content, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := &prometheus{harness.Start(t, program, "--config.file="+harness.Write(t, dir, "prometheus.yml", string(content)),
		"--storage.tsdb.path="+filepath.Join(dir, "data")).URL}
	p.ready(t)
	return p
}

// ready waits until Prometheus answers queries.
func (p *prometheus) ready(t *testing.T) {
	t.Helper()
	harness.Eventually(t, "Prometheus is ready", func() bool {
		resp, err := http.Get(p.url + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// get asks Prometheus' HTTP API.
func (p *prometheus) get(t *testing.T, path string, arguments url.Values, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, strings.NewReader(arguments.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if arguments == nil {
		r.Method = http.MethodGet
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := struct {
		Data  any
		Error string
	}{Data: into}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Error != "" {
		t.Fatalf("%s %v: %v %s", path, arguments, err, answer.Error)
	}
}

// query is an instant query.
func (p *prometheus) query(t *testing.T, expr string) []row {
	t.Helper()
	var answer struct{ Result []row }
	p.get(t, "/api/v1/query", url.Values{"query": {expr}}, &answer)
	return answer.Result
}

// data is an instant query that is to have an answer.
func (p *prometheus) data(t *testing.T, expr string) (rows []row) {
	t.Helper()
	harness.Eventually(t, "data for "+expr, func() bool {
		rows = p.query(t, expr)
		return len(rows) > 0
	})
	return rows
}

// equal compares answers as sets, without their times.
func equal(a, b []row) bool {
	values := func(rows []row) map[string]string {
		all := map[string]string{} // as text, in which NaN is NaN
		for _, r := range rows {
			key, _ := json.Marshal(r.Metric)
			v, _ := strconv.ParseFloat(r.Value[1].(string), 64)
			all[string(key)] = strconv.FormatFloat(math.Round(v*1e9)/1e9, 'g', -1, 64)
		}
		return all
	}
	return reflect.DeepEqual(values(a), values(b))
}
