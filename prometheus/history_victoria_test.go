//go:build e2e

package prometheus_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// digits is how exactly VictoriaMetrics keeps a quotient: to twelve digits.
const digits = 1e-10

// victoria is a running VictoriaMetrics.
type victoria struct {
	url  string
	stop func()
}

// startVictoria starts VictoriaMetrics on a directory. It is the nested module
// tools/victoriametrics.
func startVictoria(t *testing.T, program, dir string) victoria {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	var log harness.Output
	cmd := exec.Command(program, "-storageDataPath="+dir, "-httpListenAddr="+address, "-retentionPeriod=20y")
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v := victoria{url: "http://" + address, stop: func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() }} // it may have ended
	t.Cleanup(func() {
		v.stop()
		if t.Failed() {
			t.Logf("VictoriaMetrics said:\n%s", &log)
		}
	})
	harness.Eventually(t, "VictoriaMetrics", func() bool {
		resp, err := http.Get(v.url + "/health")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return v
}

// history returns all samples of wx_history_*.
func (v victoria) history(t *testing.T) samples {
	t.Helper()
	harness.Fetch(t, http.MethodGet, v.url+"/internal/force_flush")
	_, body := harness.Fetch(t, http.MethodGet, v.url+"/api/v1/export?match[]="+url.QueryEscape(`{__name__=~"wx_history_.*"}`)+"&start=0")
	all := samples{}
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Buffer(nil, 1<<30)
	for lines.Scan() {
		var series struct {
			Metric     map[string]string
			Values     []float64
			Timestamps []int64
		}
		if err := json.Unmarshal(lines.Bytes(), &series); err != nil {
			t.Fatal(err)
		}
		for i, at := range series.Timestamps {
			all.set(seriesOf(series.Metric), at, series.Values[i])
		}
	}
	return all
}

// TestHistoryVictoriaMetrics: the same as TestHistory with another receiver, but
// for corrections, which VictoriaMetrics keeps beside what they correct.
func TestHistoryVictoriaMetrics(t *testing.T) {
	cmd := exec.Command("go", "-C", "../tools/victoriametrics", "tool", "-n", "victoria-metrics")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("build VictoriaMetrics: %v\n%s", err, &stderr)
	}
	program, exporter := strings.TrimSpace(string(out)), harness.Build(t)
	p := newPast(t)
	wechat, want := harness.Serve(t, p.wechat), p.samples(t)

	data := t.TempDir()
	v := startVictoria(t, program, data)
	r := newReceiver(t, v.url)
	sender := p.start(t, exporter, wechat, r.URL+"/api/v1/write")
	harness.Eventually(t, "a third is there", func() bool { return r.taken() > want.count()/3 })
	v.stop() // killed, it would lose what it took in the last seconds
	v = startVictoria(t, program, data)
	r.at(t, v.url)
	harness.Eventually(t, "half is there", func() bool { return r.taken() > want.count()/2 })
	sender.Kill()
	sender = p.start(t, exporter, wechat, r.URL+"/api/v1/write")
	harness.Eventually(t, "all is sent", func() bool { return sent(t, sender, p.accounts) })
	got := v.history(t)
	if n, example := differences(want, got, digits); n > 0 {
		t.Errorf("by remote write %d of %d samples differ: %s", n, want.count(), example)
	}

	file := filepath.Join(t.TempDir(), "history.om")
	run(t, exporter, "export", "--storage.path="+p.store, "--output="+file)
	other := startVictoria(t, program, t.TempDir())
	run(t, "curl", "--fail", "--silent", "--show-error", "--noproxy", "*", "--data-binary", "@"+file, other.url+"/api/v1/import/prometheus")
	got = other.history(t)
	if n, example := differences(want, got, digits); n > 0 {
		t.Errorf("by export %d of %d samples differ: %s", n, want.count(), example)
	}
	t.Logf("%d samples of %d series", got.count(), len(got))
}
