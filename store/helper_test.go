package store

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/store/pgtest"
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

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a database for a test, with the log and the clock of whoever opens it.
type world struct {
	Options
	log   *testLog
	clock *clock
}

func newWorld(path, url string) world {
	l, c := &testLog{}, &clock{now: testNow}
	return world{Options{Path: path, URL: url, Views: testViews, Logger: log.NewLogfmtLogger(l), Now: c.Now}, l, c}
}

// onBoth runs a test with each engine.
func onBoth(t *testing.T, test func(t *testing.T, w world)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newWorld(t.TempDir(), "")) })
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t, "fsync=off")
		test(t, newWorld("", server.Database(t)))
	})
}

func (w world) open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), w.Options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// sampleDate is the nth day of the samples.
func sampleDate(n int) string {
	return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// sampleDay is a day of getusersummary. Every third one has no rows and is open.
func sampleDay(account string, n int) Day {
	d := Day{Date: sampleDate(n), Rows: []byte("[]"), Open: true, Fetched: testNow.Add(time.Duration(n) * time.Millisecond)}
	if n%3 != 2 {
		d.Open = false
		d.Rows = fmt.Appendf(nil, `[{"ref_date":%q,"user_source":0,"new_user":%d,"cancel_user":0,"of":%q}]`, d.Date, n, account)
	}
	return d
}

func sampleDays(account string, from, to int) (days []Day) {
	for n := from; n <= to; n++ {
		days = append(days, sampleDay(account, n))
	}
	return days
}

const sampleAPI = "getusersummary"

// wantDays fails unless the store has exactly these days of the account.
func wantDays(t testing.TB, s *Store, account string, want ...Day) {
	t.Helper()
	got, err := s.Days(account, sampleAPI, "0000-00-00", "9999-99-99")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: %s", account, diff)
	}
}

func wantHealthy(t testing.TB, s *Store, want bool) {
	t.Helper()
	if s.Healthy() != want {
		t.Fatalf("healthy is %v, want %v (%v)", !want, want, s.lastErr)
	}
}

// setAsides returns the files that were set aside in dir.
func setAsides(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, sqliteName+".damaged-*Z*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
