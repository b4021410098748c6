// Package harness runs the exporter for tests: as a process of its own, over a
// simulated WeChat, and looks at what it serves.
package harness

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// Patience is how long a test waits for what must come; nothing fails because
// it came slowly, also where many things run at the same time.
const Patience = 5 * time.Minute

// Eventually waits until ok holds. It looks again and again, for there is no
// event to wait for in another process, but a look that takes long is followed
// by a longer pause: the looks must not be what the program waits for.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(Patience)
	for {
		began := time.Now()
		if ok() {
			return
		}
		select {
		case <-time.After(min(max(5*time.Millisecond, 2*time.Since(began)), time.Second)):
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// SameDay waits for the next day in Beijing if this one ends before a test can: at midnight
// pages lose their oldest day, and what was scraped of them does not.
func SameDay(t testing.TB) {
	t.Helper()
	now := time.Now()
	midnight := (calendar.DayOf(now) + 1).Start()
	if left := midnight.Sub(now); left < 2*Patience {
		t.Logf("it is midnight in Beijing in %s, which is waited for", left.Round(time.Second))
		select {
		case <-time.After(left + time.Second):
		case <-t.Context().Done():
		}
	}
}

// Output collects what a program writes. Tests may read it meanwhile.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String returns what was written so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// The first match is the address of the program's web server: the exporter and
// Prometheus both log it by Prometheus' toolkit.
var listening = regexp.MustCompile(`msg="Listening on".* address=(\S+)`)

// Listening returns the URL of the web server that a log speaks of, "" when it
// does not yet.
func (o *Output) Listening() (url string) {
	if m := listening.FindStringSubmatch(o.String()); m != nil {
		return "http://" + m[1]
	}
	return ""
}

// Build builds the real program and returns its path. The go command links it only
// if what it finds there is not of this tree.
func Build(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("wx_exporter-test-%x", sha256.Sum256(root))[:32], "wx_exporter")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/wxexporter/wx_exporter").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// Process is a program that runs until the test ends.
type Process struct {
	Server
	Log   *Output
	Cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
	err   error         // how; to be read when it has ended
}

// Spawn starts a program that serves on a free port.
func Spawn(t testing.TB, program string, args ...string) *Process {
	t.Helper()
	p := &Process{Log: &Output{}, ended: make(chan struct{})}
	p.Cmd = exec.Command(program, append([]string{"--web.listen-address=127.0.0.1:0"}, args...)...)
	p.Cmd.Stdout, p.Cmd.Stderr = p.Log, p.Log
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.Cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(program), p.Log)
		}
	})
	return p
}

// Start starts a program and waits until it serves.
func Start(t testing.TB, program string, args ...string) *Process {
	t.Helper()
	p := Spawn(t, program, args...)
	Eventually(t, "the web server", func() bool {
		select {
		case <-p.ended:
			t.Fatalf("%s ended at once:\n%s", program, p.Log)
		default:
		}
		p.URL = p.Log.Listening()
		return p.URL != ""
	})
	return p
}

// Kill ends the process as kill -9 does.
func (p *Process) Kill() {
	_ = p.Cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// Stop ends the process in order, and fails the test when it ends with an error.
func (p *Process) Stop(tb testing.TB) {
	tb.Helper()
	if err := p.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		tb.Errorf("it ends with %v:\n%s", err, p.Log)
	}
}

// Wait waits until the process has ended and returns how it did.
func (p *Process) Wait() error {
	<-p.ended
	return p.err
}
