//go:build e2e

package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

const (
	manyAccounts    = 200 // where WX_ACCOUNTS says nothing else
	mostSockets     = 40  // at WeChat, of api.max_connections 32
	fillPatience    = 20 * time.Minute
	memoryProcess   = 100_000 // kB that the program takes for itself
	memoryPeak      = 350     // and for each account of 3,200 series: 450 MB for a thousand
	memorySteady    = 200     // the same when all is quiet: 300 MB for a thousand
	quiet           = 20 * time.Second
	scrapesCompared = 15
)

// TestThousand fills the store of many accounts of 3,200 series each with the
// real program and starts it again. WX_ACCOUNTS=1000 takes some minutes. How long
// a start takes is logged: it says little on a machine that does other things.
func TestThousand(t *testing.T) {
	m := newMany(t, harness.Wanted(t, "WX_ACCOUNTS", manyAccounts, strconv.Atoi))
	p := m.start()
	page := m.filled(p)
	if most := m.sockets.most.Load(); most > mostSockets {
		t.Errorf("%d sockets at the same time", most)
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "wx_api_requests_total{") && !strings.Contains(line, `code="0"`) && !strings.Contains(line, `code="47009"`) {
			t.Errorf("a request failed: %s", line)
		}
	}
	m.memory(p, "fill")
	p.Stop(t)

	calls := m.wechat.Count("", wxtest.Statistics)
	p = m.start()
	if was, is := strings.Count(page, `date="`), strings.Count(scrapeAll(t, p.URL, false), `date="`); was != is {
		t.Errorf("%d dated series before the restart, %d after it", was, is)
	}
	m.compare(p)
	m.memory(p, "start")
	if again := m.wechat.Count("", wxtest.Statistics) - calls; again != 0 {
		t.Errorf("%d calls were made again after the restart", again)
	}
}

// many is a simulated WeChat with many accounts, and the program for them.
type many struct {
	*testing.T
	accounts int
	wechat   *wxtest.WeChat
	sockets  sockets
	binary   string
	args     []string
}

func newMany(t *testing.T, n int) *many {
	var all []wxtest.Account
	for i := range n {
		all = append(all, wxtest.Account{
			Name: fmt.Sprintf("a%04d", i), AppID: fmt.Sprintf("wxmany%010d", i), Secret: fmt.Sprintf("secret-of-many-%05d", i), Articles: 1,
		})
	}
	m := &many{T: t, accounts: n, wechat: harness.WeChat(wxtest.Options{Accounts: all}), binary: harness.Build(t)}
	server := httptest.NewUnstartedServer(m.wechat)
	server.Config.ConnState = m.sockets.changed
	server.Start()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	config := harness.Config(server.URL, all, "window: {daily: 10}")
	m.args = []string{"--config.file=" + harness.Write(t, dir, "config.yml", config), "--storage.path=" + filepath.Join(dir, "data")}
	return m
}

// start starts the program and waits until it is ready and has been scraped.
func (m *many) start() *harness.Process {
	begin := time.Now()
	p := harness.Start(m, m.binary, m.args...)
	harness.Eventually(m, "readiness", func() bool { return status(m, p.URL+"/-/ready") == http.StatusOK })
	ready := time.Since(begin)
	scrapeAll(m, p.URL, true)
	m.Logf("ready after %s, scraped after %s, %s of CPU time", ready, time.Since(begin), m.cpu(p))
	return p
}

// filled waits until all accounts are polled, and returns the page then.
func (m *many) filled(p *harness.Process) (page string) {
	begin := time.Now()
	look := time.NewTicker(5 * time.Second)
	defer look.Stop()
	for strings.Count(page, "\nwx_up{") < m.accounts {
		if time.Since(begin) > fillPatience {
			m.Fatal("the fill does not end")
		}
		<-look.C
		page = scrapeAll(m, p.URL, false)
	}
	m.Logf("filled after %s: %d calls, %d sockets, %d dated series, %s of CPU time",
		time.Since(begin), m.wechat.Count("", ""), m.sockets.most.Load(), strings.Count(page, `date="`), m.cpu(p))
	return page
}

// memory holds the memory of a process so far, and later, when all is quiet,
// against what is promised.
func (m *many) memory(p *harness.Process, after string) {
	m.Helper()
	time.Sleep(quiet)
	peak, now := m.kB(p, "VmHWM"), m.kB(p, "VmRSS")
	m.Logf("after the %s: peak %d kB, now %d kB", after, peak, now)
	if limit := memoryProcess + memoryPeak*m.accounts; peak > limit {
		m.Errorf("the %s took %d kB, the limit is %d", after, peak, limit)
	}
	if limit := memoryProcess + memorySteady*m.accounts; now > limit {
		m.Errorf("%s after the %s it has %d kB, the limit is %d", quiet, after, now, limit)
	}
}

// compare tells how long scrapes take beside those of a server that only writes the
// same bytes. They take turns; the fastest are what other load touches least.
func (m *many) compare(p *harness.Process) {
	body := scrapeAll(m, p.URL, true)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = io.WriteString(w, body)
	}))
	defer plain.Close()
	var took [2][]time.Duration
	for range scrapesCompared {
		for i, url := range []string{p.URL, plain.URL} {
			begin := time.Now()
			scrapeAll(m, url, true)
			took[i] = append(took[i], time.Since(begin))
		}
	}
	ours, theirs := slices.Min(took[0]), slices.Min(took[1])
	m.Logf("a gzip scrape of %d bytes takes %s, %.2f times net/http's %s", len(body), ours, float64(ours)/float64(theirs), theirs)
}

// kB reads a figure of /proc/PID/status.
func (m *many) kB(p *harness.Process, name string) int {
	m.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		m.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), name+":")
	kB, err := strconv.Atoi(strings.Fields(line)[0])
	if err != nil {
		m.Fatal(err)
	}
	return kB
}

// cpu is the CPU time of a process so far.
func (m *many) cpu(p *harness.Process) time.Duration {
	m.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Cmd.Process.Pid))
	if err != nil {
		m.Fatal(err)
	}
	ticks := 0
	for _, field := range strings.Fields(string(text))[13:15] { // user and system
		n, err := strconv.Atoi(field)
		if err != nil {
			m.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// sockets counts the connections of a server.
type sockets struct{ open, most atomic.Int64 }

func (s *sockets) changed(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		n := s.open.Add(1)
		for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
		}
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}

// scrapeAll returns the page, as gzip or as text.
func scrapeAll(t testing.TB, url string, zipped bool) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", map[bool]string{true: "gzip", false: "identity"}[zipped])
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %s: %v", answer.Status, err)
	}
	return string(body)
}
