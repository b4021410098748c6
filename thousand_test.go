//go:build e2e

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// sockets counts the connections of a server.
type sockets struct{ open, most atomic.Int64 }

func (s *sockets) change(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		n := s.open.Add(1)
		for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
		}
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}

// TestThousand fills the store of many large accounts with the real program,
// starts it again, and holds sockets, calls, memory and time against what is
// promised for a thousand accounts of 3,000 series. WX_ACCOUNTS=1000 tries just
// that, which takes some minutes.
func TestThousand(t *testing.T) {
	n := 200
	if v := os.Getenv("WX_ACCOUNTS"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	var all []wxtest.Account
	for i := range n {
		all = append(all, wxtest.Account{
			Name: fmt.Sprintf("a%04d", i), AppID: fmt.Sprintf("wxthousand%08d", i), Secret: fmt.Sprintf("secret-%05d", i), Articles: 1,
		})
	}
	w := harness.WeChat(wxtest.Options{Accounts: all})
	var connections sockets
	server := httptest.NewUnstartedServer(w)
	server.Config.ConnState = connections.change
	server.Start()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	if d := os.Getenv("WX_DIR"); d != "" {
		dir = d
	}
	config := harness.Write(t, dir, "config.yml", harness.Config(server.URL, all, "window: {daily: 20}"))
	binary := os.Getenv("WX_BINARY")
	if binary == "" {
		binary = harness.Build(t)
	}
	args := []string{"--config.file=" + config, "--storage.path=" + filepath.Join(dir, "data")}

	begin := time.Now()
	p := harness.Start(t, binary, args...)
	harness.Eventually(t, "readiness", func() bool { time.Sleep(100 * time.Millisecond); return status(t, p.URL+"/-/ready") == http.StatusOK })
	t.Logf("ready after %v, peak %d MB", time.Since(begin), memory(t, p, "VmHWM"))
	last := 0
	for began := time.Now(); ; {
		if time.Since(began) > 15*time.Minute {
			t.Fatal("no fill")
		}
		time.Sleep(10 * time.Second)
		last = w.Count("", "")
		if strings.Count(scrape(t, p.URL, false), "\nwx_up{") == n {
			break
		}
		t.Logf("%v: %d calls, peak %d MB, now %d MB", time.Since(begin), last, memory(t, p, "VmHWM"), memory(t, p, "VmRSS"))
	}
	page := scrape(t, p.URL, false)
	up := strings.Count(page, "\nwx_up{")
	t.Logf("filled after %v: %d calls, %d sockets, %d up, %d series, peak %d MB, now %d MB, CPU %v", time.Since(begin), last, connections.most.Load(), up,
		strings.Count(page, "\n")-strings.Count(page, "\n#"), memory(t, p, "VmHWM"), memory(t, p, "VmRSS"), cpuOf(t, p))
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "wx_api_requests_total") && !strings.Contains(line, `code="0"`) && !strings.Contains(line, `code="47009"`) {
			t.Error(line)
		}
	}
	time.Sleep(20 * time.Second)
	t.Logf("20 s later %d MB", memory(t, p, "VmRSS"))

	_ = p.Cmd.Process.Signal(syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	statistics := w.Count("", wxtest.Statistics)
	for range 3 {
		begin = time.Now()
		p = harness.Start(t, binary, args...)
		harness.Eventually(t, "readiness", func() bool { return status(t, p.URL+"/-/ready") == http.StatusOK })
		ready := time.Since(begin)
		again := scrape(t, p.URL, false)
		t.Logf("again: ready after %v, scraped after %v, peak %d MB, now %d MB, CPU %v", ready, time.Since(begin), memory(t, p, "VmHWM"), memory(t, p, "VmRSS"), cpuOf(t, p))
		if a, b := strings.Count(page, `date="`), strings.Count(again, `date="`); a != b {
			t.Errorf("%d dated series before, %d after the restart", a, b)
		}
		time.Sleep(3 * time.Second)
		t.Logf("%d MB", memory(t, p, "VmRSS"))
		if n := w.Count("", wxtest.Statistics); n != statistics {
			t.Errorf("%d calls were made again", n-statistics)
		}
		if a := os.Getenv("WX_HOLD"); a != "" {
			time.Sleep(15 * time.Second)
			t.Logf("%d MB", memory(t, p, "VmRSS"))
		}
		_ = p.Cmd.Process.Signal(syscall.SIGTERM)
		_ = p.Wait()
	}
}

// scrape returns the page, compressed or not.
func scrape(t testing.TB, url string, zipped bool) string {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	if zipped {
		r.Header.Set("Accept-Encoding", "gzip")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// memory returns a figure of a process in MB.
func memory(t testing.TB, p *harness.Process, name string) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); f[0] == name+":" {
			n, _ := strconv.Atoi(f[1])
			return n / 1000
		}
	}
	return 0
}

func cpuOf(t testing.TB, p *harness.Process) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b))
	u, _ := strconv.Atoi(f[13])
	s, _ := strconv.Atoi(f[14])
	return time.Duration(u+s) * 10 * time.Millisecond
}
