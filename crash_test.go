package main

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

	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// kills is how often in a row the crash test kills the exporter.
const kills = 50

// build builds the real program.
func build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), program)
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// process is the exporter as a process of its own.
type process struct {
	*server
	cmd *exec.Cmd
}

// spawn starts the real program.
func spawn(t testing.TB, binary string, args ...string) *process {
	t.Helper()
	p := &process{server: &server{log: &output{}}}
	p.cmd = exec.Command(binary, append([]string{"--web.listen-address=127.0.0.1:0"}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	return p
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	_ = p.cmd.Wait()
}

// serving waits until the web server has said where it listens.
func (p *process) serving(t testing.TB) {
	t.Helper()
	eventually(t, "the web server", func() bool {
		if m := listening.FindStringSubmatch(p.log.String()); m != nil {
			p.url = "http://" + m[1]
		}
		return p.url != ""
	})
}

// TestKilled kills the exporter again and again while it fills its store, and
// then compares what it serves with what an exporter serves that nobody killed.
func TestKilled(t *testing.T) {
	w := dataAlways(wxtest.Options{})
	accounts := wxtest.DemoAccounts()
	url := wechat(t, w)
	dir := t.TempDir()
	slow := strings.Replace(configFor(url, accounts), "requests_per_second: 500", "requests_per_second: 12", 1)
	args := []string{"--config.file=" + write(t, dir, "config.yml", slow), "--storage.path=" + filepath.Join(dir, "data")}
	binary := build(t)

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
		p := spawn(t, binary, args...)
		moment := time.After(time.Duration(random.Int64N(int64(600 * time.Millisecond))))
		<-moment
		p.kill()
		check()
	}
	if len(made) == 0 {
		t.Fatal("no run lived long enough to make a call")
	}

	fast := []string{"--config.file=" + write(t, dir, "fast.yml", configFor(url, accounts)), args[1]}
	survivor := spawn(t, binary, fast...)
	survivor.serving(t)
	eventually(t, "the fill", func() bool { return filled(survivor.scrape(t), "brand", "store") })
	check()
	got := data(survivor.scrape(t))
	survivor.kill()

	fast[1] = "--storage.path=" + filepath.Join(dir, "undisturbed")
	reference := spawn(t, binary, fast...)
	reference.serving(t)
	eventually(t, "the fill", func() bool { return filled(reference.scrape(t), "brand", "store") })
	if diff := cmp.Diff(data(reference.scrape(t)), got); diff != "" {
		t.Errorf("after %d kills (-undisturbed +killed):\n%s", kills, diff)
	}
	t.Logf("%d kills during %d requests, %d of them repeated, %d series", kills, len(made), repeated, len(got))
	if damaged, _ := filepath.Glob(filepath.Join(dir, "data", "*damaged*")); len(damaged) > 0 {
		t.Errorf("a kill damaged the store: %v", damaged)
	}
}

// A build that nobody told its version knows it all the same.
func TestVersion(t *testing.T) {
	want, err := os.ReadFile("VERSION")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(build(t), "--version").Output()
	if err != nil || !strings.HasPrefix(string(out), program+", version "+strings.TrimSpace(string(want))+" ") {
		t.Errorf("--version says %q, %v", out, err)
	}
}

// TestTwoProcesses starts a second exporter on the store of a first one.
func TestTwoProcesses(t *testing.T) {
	binary := build(t)
	dir := t.TempDir()
	cfg := write(t, dir, "config.yml", "accounts: [{name: a, app_id: wx1, app_secret: s}]\napi: {url: 'http://127.0.0.1:1'}\n")
	args := []string{"--config.file=" + cfg, "--storage.path=" + filepath.Join(dir, "data")}
	first := spawn(t, binary, args...)
	first.serving(t)

	out, err := exec.Command(binary, append(args, "--web.listen-address=127.0.0.1:0", "--log.level=warn")...).CombinedOutput()
	if err == nil {
		t.Error("the second exporter ended without an error")
	}
	if n := strings.Count(string(out), "\n"); n != 1 || !strings.Contains(string(out), "process "+strconv.Itoa(first.cmd.Process.Pid)) {
		t.Errorf("want one line that names process %d, got:\n%s", first.cmd.Process.Pid, out)
	}
	if err := first.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("the first exporter ends with %v:\n%s", err, first.log)
	}
}
