package app

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestInwardFlags: the bounds have defaults, and values that make no sense are told.
func TestInwardFlags(t *testing.T) {
	f, _, done := parse(nil, io.Discard, io.Discard)
	in := f.inward
	if done || in.externalURL != nil || in.maxRequests != 40 || in.maxConnections != 512 || in.readTimeout != 5*time.Minute || in.noRuntime {
		t.Errorf("the defaults are %+v", in)
	}
	for arg, good := range map[string]bool{
		"--web.max-requests=1": true, "--web.max-requests=0": false, "--web.max-requests=-1": false, "--web.max-requests=many": false,
		"--web.max-connections=1": true, "--web.max-connections=0": false,
		"--web.read-timeout=1d": true, "--web.read-timeout=1h30m": true, "--web.read-timeout=0": false, "--web.read-timeout=-1s": false, "--web.read-timeout=5": false,
		"--web.external-url=https://ops.example": true, "--web.external-url=http://[::1]:80/wechat/": true,
		"--web.external-url=": false, "--web.external-url=/wechat": false, "--web.external-url=ops.example/wechat": false,
		"--web.external-url=ftp://ops.example": false, "--web.external-url=https://": false, "--web.external-url=https://ops.example/?a=b": false,
		"--web.external-url=https://ops.example/#a": false, "--web.external-url=https://me:secret@ops.example": false,
	} {
		var said bytes.Buffer
		_, code, done := parse([]string{arg}, &said, &said)
		if done == good || code == 0 != good {
			t.Errorf("%s: code %d, %s", arg, code, &said)
		}
		if strings.Contains(said.String(), "secret") {
			t.Errorf("%s: it says %s", arg, &said)
		}
	}
}

// TestExporterMetrics: those of Go and of the process can be left out, and nothing else
// goes with them.
func TestExporterMetrics(t *testing.T) {
	runtime := func(name string) bool {
		return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") || strings.HasPrefix(name, "promhttp_")
	}
	names := func(args ...string) map[string]bool {
		config := harness.Write(t, t.TempDir(), "config.yml", harness.Config("http://127.0.0.1:1", wxtest.DemoAccounts()[:2]))
		s := start(t, nil, append(args, "--config.file="+config, "--storage.path="+t.TempDir())...)
		_, body := s.Get(t, "/metrics?collect[]=exporter")
		found := map[string]bool{}
		for line := range strings.Lines(body) {
			if name, ok := strings.CutPrefix(line, "# HELP "); ok {
				name, _, _ = strings.Cut(name, " ")
				found[name] = true
			}
		}
		return found
	}
	all, some := names(), names("--web.disable-exporter-metrics")
	if !all["go_goroutines"] || !all["process_cpu_seconds_total"] {
		t.Errorf("by default there is %v", all)
	}
	for name := range some {
		if runtime(name) {
			t.Errorf("there is %s", name)
		}
	}
	for _, name := range []string{"wx_store_healthy", "wx_exporter_build_info", "wx_exporter_config_last_reload_successful"} {
		if !some[name] {
			t.Errorf("%s went, too", name)
		}
	}
}
