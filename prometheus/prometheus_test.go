package prometheus_test

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"
)

// prometheus is a running Prometheus.
type prometheus struct{ url string }

// row is an element of an instant query's answer.
type row struct {
	Metric map[string]string
	Value  [2]any
}

// startPrometheus starts Prometheus with one of the example configurations, but
// for the intervals and what change does to the jobs.
func startPrometheus(t *testing.T, program, example string, change func(jobs []map[string]any)) *prometheus {
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
		config.Global[name] = "1s"
	}
	change(config.Scrapes)
	content, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "prometheus.yml"), string(content))
	address := start(t, program, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0")
	p := &prometheus{"http://" + address}
	eventually(t, "Prometheus is ready", func() bool {
		resp, err := http.Get(p.url + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p
}

var listening = regexp.MustCompile(`msg="Listening on".* address=(127\.0\.0\.1:\d+)`)

// start starts a program, returns the address that it says it listens on, and
// ends it with the test.
func start(t *testing.T, program string, args ...string) (address string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	found, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(io.TeeReader(stderr, &said))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case found <- m[1]:
				default: // the first one counts
				}
			}
		}
	}()
	t.Cleanup(func() {
		// The test's context has ended, and so does the program.
		<-ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(program), &said)
		}
	})
	select {
	case address = <-found:
	case <-ended:
		t.Fatalf("%s ended at once:\n%s", program, &said)
	}
	return address
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
	eventually(t, "data for "+expr, func() bool {
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
