//go:build e2e

package app

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// kills is how often in a row the crash test kills the exporter.
const kills = 50

// TestKilled kills the exporter again and again while it fills its store, and
// then compares what it serves with what an exporter serves that nobody killed.
func TestKilled(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	accounts := wxtest.DemoAccounts()[:2]
	url := harness.Serve(t, w)
	dir := t.TempDir()
	slow := strings.Replace(harness.Config(url, accounts), "requests_per_second: 500", "requests_per_second: 12", 1)
	args := []string{"--config.file=" + harness.Write(t, dir, "config.yml", slow), "--storage.path=" + filepath.Join(dir, "data")}
	binary := harness.Build(t)

	made := map[wxtest.Call]bool{}          // requests of earlier runs that were answered
	inFlight := map[[2]string]wxtest.Call{} // the last request of an API in the run before
	repeated := 0
	check := func() {
		last := map[[2]string]wxtest.Call{}
		for _, c := range w.Calls() {
			if c.Begin == "" || c.Code != 0 || c.Status == 0 {
				continue
			}
			api := [2]string{c.AppID, c.API}
			request := wxtest.Call{AppID: c.AppID, API: c.API, Begin: c.Begin, End: c.End}
			if made[request] {
				repeated++
				if inFlight[api] != request {
					t.Errorf("%s %s asks again for %s to %s, which was not in flight when it was killed", c.AppID, c.API, c.Begin, c.End)
				}
			}
			last[api] = request
		}
		for api, request := range last {
			made[request] = true
			inFlight[api] = request
		}
		for _, c := range w.Calls() {
			if c.Begin != "" && c.Code == 0 && c.Status != 0 {
				made[wxtest.Call{AppID: c.AppID, API: c.API, Begin: c.Begin, End: c.End}] = true
			}
		}
		w.ResetCalls()
	}
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for range kills {
		p := harness.Spawn(t, binary, args...)
		moment := time.After(time.Duration(random.Int64N(int64(600 * time.Millisecond))))
		<-moment
		p.Kill()
		check()
	}
	if len(made) == 0 {
		t.Fatal("no run lived long enough to make a call")
	}

	fast := []string{"--config.file=" + harness.Write(t, dir, "fast.yml", harness.Config(url, accounts)), args[1]}
	survivor := harness.Start(t, binary, fast...)
	harness.Eventually(t, "the fill", func() bool { return harness.Filled(survivor.Scrape(t), "brand", "store") })
	check()
	got := harness.Dated(survivor.Scrape(t))
	survivor.Kill()

	fast[1] = "--storage.path=" + filepath.Join(dir, "undisturbed")
	reference := harness.Start(t, binary, fast...)
	harness.Eventually(t, "the fill", func() bool { return harness.Filled(reference.Scrape(t), "brand", "store") })
	if diff := cmp.Diff(harness.Dated(reference.Scrape(t)), got); diff != "" {
		t.Errorf("after %d kills (-undisturbed +killed):\n%s", kills, diff)
	}
	t.Logf("%d kills during %d requests, %d of them repeated, %d series", kills, len(made), repeated, len(got))
	if damaged, _ := filepath.Glob(filepath.Join(dir, "data", "*damaged*")); len(damaged) > 0 {
		t.Errorf("a kill damaged the store: %v", damaged)
	}
}

// A build that nobody told its version knows it all the same.
func TestVersion(t *testing.T) {
	want, err := os.ReadFile("../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(harness.Build(t), "--version").Output()
	if err != nil || !strings.HasPrefix(string(out), program+", version "+strings.TrimSpace(string(want))+" ") {
		t.Errorf("--version says %q, %v", out, err)
	}
}

// TestTwoProcesses starts a second exporter on the store of a first one.
func TestTwoProcesses(t *testing.T) {
	binary := harness.Build(t)
	dir := t.TempDir()
	cfg := harness.Write(t, dir, "config.yml", "accounts: [{name: a, app_id: wx1, app_secret: s}]\napi: {url: 'http://127.0.0.1:1'}\n")
	args := []string{"--config.file=" + cfg, "--storage.path=" + filepath.Join(dir, "data")}
	first := harness.Start(t, binary, args...)

	out, err := exec.Command(binary, append(args, "--web.listen-address=127.0.0.1:0", "--log.level=warn")...).CombinedOutput()
	if err == nil {
		t.Error("the second exporter ended without an error")
	}
	if n := strings.Count(string(out), "\n"); n != 1 || !strings.Contains(string(out), "process "+strconv.Itoa(first.Cmd.Process.Pid)) {
		t.Errorf("want one line that names process %d, got:\n%s", first.Cmd.Process.Pid, out)
	}
	if err := first.Cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first exporter ends with %v:\n%s", err, first.Log)
	}
}
