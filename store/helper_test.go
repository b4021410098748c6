package store

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
)

// testNow is 2026-11-21 08:15 in Beijing.
var testNow = time.Date(2026, 11, 21, 0, 15, 0, 0, time.UTC)

// testLog collects log lines.
type testLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *testLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *testLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *testLog) count(text string) int { return strings.Count(l.String(), text) }

// testOptions are for tests: a fixed clock, and no patience with locks.
func testOptions() (Options, *testLog) {
	l := &testLog{}
	return Options{
		Logger:   log.NewLogfmtLogger(l),
		Now:      func() time.Time { return testNow },
		lockWait: time.Nanosecond,
	}, l
}

func mustOpen(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// wantDays fails unless the store has exactly these days of an API.
func wantDays(t testing.TB, s *Store, account, api string, want ...Day) {
	t.Helper()
	got, err := s.Range(account, api, "0000-00-00", "9999-99-99")
	if err != nil {
		t.Fatal(err)
	}
	if diff := sameDays(got, want); diff != "" {
		t.Fatalf("%s of %s: %s", api, account, diff)
	}
}

func wantHealthy(t testing.TB, s *Store, want bool) {
	t.Helper()
	if s.Healthy() != want {
		t.Fatalf("healthy is %v, want %v (%v)", !want, want, s.trouble)
	}
}

func dbPath(dir string) string { return filepath.Join(dir, fileName) }

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// setAsides returns the files that were set aside in dir.
func setAsides(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(dbPath(dir) + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const childEnv = "WX_STORE_TEST_CHILD"

// inChild reports whether this is the process of its own that a test needs. In
// the process that is not, it runs the test in one and takes over the outcome.
func inChild(t *testing.T) bool {
	t.Helper()
	if os.Getenv(childEnv) == t.Name() {
		return true
	}
	cmd := child(t, t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in the child process: %v\n%s", err, out)
	}
	return false
}

// child is a command that runs one test of this package, which finds its name in
// childEnv.
func child(t *testing.T, name string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	return cmd
}
