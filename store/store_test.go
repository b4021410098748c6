package store

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func TestPutRange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	days := sampleDays("brand", "getusersummary", 0, 9)
	for n := 9; n >= 0; n-- { // newest first, as a first fill does
		s.Put("brand", "getusersummary", days[n])
	}
	s.Put("brand", "getuserread", sampleDay("brand", "getuserread", 3))
	s.Put("other", "getusersummary", sampleDay("other", "getusersummary", 3))

	for range 2 { // from the open store, then from one opened again
		for _, tc := range []struct {
			name, account, api, from, to string
			want                         []Day
		}{
			{"all", "brand", "getusersummary", sampleDate(0), sampleDate(9), days},
			{"both ends belong to it", "brand", "getusersummary", sampleDate(2), sampleDate(4), days[2:5]},
			{"one", "brand", "getusersummary", sampleDate(5), sampleDate(5), days[5:6]},
			{"before and after", "brand", "getusersummary", "2000-01-01", "2100-01-01", days},
			{"none", "brand", "getusersummary", "2000-01-01", "2000-12-31", nil},
			{"the wrong way", "brand", "getusersummary", sampleDate(9), sampleDate(0), nil},
			{"unknown api", "brand", "getusershare", sampleDate(0), sampleDate(9), nil},
			{"unknown account", "nobody", "getusersummary", sampleDate(0), sampleDate(9), nil},
			{"other account", "other", "getusersummary", sampleDate(0), sampleDate(9), []Day{sampleDay("other", "getusersummary", 3)}},
		} {
			got, err := s.Range(tc.account, tc.api, tc.from, tc.to)
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			if diff := sameDays(got, tc.want); diff != "" {
				t.Errorf("%s: %s", tc.name, diff)
			}
		}
		for account, want := range map[string]int{"brand": 11, "other": 1, "nobody": 0} {
			if got := s.Days(account); got != want {
				t.Errorf("Days(%s) = %d, want %d", account, got, want)
			}
		}
		wantHealthy(t, s, true)
		mustClose(t, s)
		s = mustOpen(t, dir, o)
	}
}

func TestPutReplaces(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	day := sampleDay("brand", "getusersummary", 1)
	day.Open, day.Rows = true, nil
	s.Put("brand", "getusersummary", day)
	day.Rows = []byte("[]") // what no rows are stored as
	wantDays(t, s, "brand", "getusersummary", day)

	final := sampleDay("brand", "getusersummary", 1)
	s.Put("brand", "getusersummary", final)
	wantDays(t, s, "brand", "getusersummary", final)
	if got := s.Days("brand"); got != 1 {
		t.Errorf("Days = %d after a replacement, want 1", got)
	}
	mustClose(t, s)
	s = mustOpen(t, dir, o)
	wantDays(t, s, "brand", "getusersummary", final)
	if got := s.Days("brand"); got != 1 {
		t.Errorf("Days = %d after a restart, want 1", got)
	}
}

func TestPutRefusesNonsense(t *testing.T) {
	o, logged := testOptions()
	s := mustOpen(t, t.TempDir(), o)
	good := sampleDay("brand", "getusersummary", 1)
	bad := good
	bad.Date = "2026-11-1"
	s.Put("brand", "getusersummary", bad, good)
	s.Put("", "getusersummary", good)
	s.Put("brand", "", good)
	s.PutNote("", "parked", []byte("x"))
	s.PutNote("brand", "", []byte("x"))
	s.Put("brand", "getuserread")
	wantDays(t, s, "brand", "getusersummary", good)
	wantHealthy(t, s, true)
	if n := logged.count("level=error"); n != 5 {
		t.Errorf("%d errors logged, want 5:\n%s", n, logged)
	}
}

func TestNotes(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	want := func(account, name, want string) {
		t.Helper()
		got, err := s.Note(account, name)
		if err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("note %s of %s: %q, %v, want %q", name, account, got, err, want)
		}
	}
	want("brand", "parked", "")
	s.PutNote("brand", "parked", []byte(`{"until":"2026-11-22"}`))
	s.PutNote("brand", "parked", []byte(`{"until":"2026-11-23"}`))
	s.PutNote("other", "parked", []byte("not\nJSON"))
	mustClose(t, s)
	s = mustOpen(t, dir, o)
	want("brand", "parked", `{"until":"2026-11-23"}`)
	want("other", "parked", "not\nJSON")
	want("brand", "quota", "")
	want("nobody", "parked", "")
	if n := s.Days("brand"); n != 0 {
		t.Errorf("Days = %d, notes are no records", n)
	}
}

func TestDeleteBefore(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	for _, account := range []string{"brand", "other"} {
		for _, api := range []string{"getusersummary", "getuserread"} {
			s.Put(account, api, sampleDays(account, api, 0, 99)...)
		}
	}
	s.PutNote("brand", "parked", []byte("1"))
	if err := s.DeleteBefore("soon"); err == nil {
		t.Error("a date that is none deletes")
	}
	if err := s.DeleteBefore(sampleDate(60)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, account := range []string{"brand", "other"} {
			for _, api := range []string{"getusersummary", "getuserread"} {
				wantDays(t, s, account, api, sampleDays(account, api, 60, 99)...)
			}
			if got := s.Days(account); got != 80 {
				t.Errorf("Days(%s) = %d, want 80", account, got)
			}
		}
		if note, err := s.Note("brand", "parked"); err != nil || string(note) != "1" {
			t.Errorf("note is %q, %v", note, err)
		}
		mustClose(t, s)
		s = mustOpen(t, dir, o)
	}
	commits := 0
	mustClose(t, s)
	o.commit = func(tx *bolt.Tx) error { commits++; return tx.Commit() }
	s = mustOpen(t, dir, o)
	commits = 0
	if err := s.DeleteBefore(sampleDate(60)); err != nil || commits != 0 {
		t.Errorf("deleting nothing: %d commits, error %v", commits, err)
	}
}

// TestSpaceIsUsedAgain has half a year pass with a retention of 30 days.
func TestSpaceIsUsedAgain(t *testing.T) {
	o, _ := testOptions()
	o.commit = withoutSync
	s := mustOpen(t, t.TempDir(), o)
	var after60 int64
	for n := range 180 {
		s.Put("brand", "getuserreadhour", sampleDay("brand", "getuserreadhour", n))
		s.Put("brand", "getusersummary", sampleDay("brand", "getusersummary", n))
		if err := s.DeleteBefore(sampleDate(n - 29)); err != nil {
			t.Fatal(err)
		}
		if n == 60 {
			after60 = s.SizeBytes()
		}
	}
	if got, want := s.Days("brand"), 30*2; got != want {
		t.Errorf("Days = %d, want %d", got, want)
	}
	if got := s.SizeBytes(); got != after60 {
		t.Errorf("the file grew from %d to %d bytes", after60, got)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	dir := filepath.Join(t.TempDir(), "data")
	o, _ := testOptions()
	mustOpen(t, dir, o)
	for path, want := range map[string]os.FileMode{dir: 0o700, dbPath(dir): 0o600, filepath.Join(dir, lockName): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(path), got, want)
		}
	}
}

func TestClosed(t *testing.T) {
	dir := t.TempDir()
	o, logged := testOptions()
	s := mustOpen(t, dir, o)
	day := sampleDay("brand", "getusersummary", 1)
	s.Put("brand", "getusersummary", day)
	mustClose(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}

	s.Put("brand", "getuserread", day)
	s.PutNote("brand", "parked", []byte("1"))
	s.Flush()
	if _, err := s.Range("brand", "getusersummary", "2000-01-01", "2100-01-01"); err == nil {
		t.Error("Range has no error")
	}
	if got, err := s.Range("brand", "getuserread", "2000-01-01", "2100-01-01"); err == nil || len(got) != 1 {
		t.Errorf("Range of what was put since: %v, %v", got, err)
	}
	if _, err := s.Note("brand", "quota"); err == nil {
		t.Error("Note has no error")
	}
	if err := s.DeleteBefore("2026-01-01"); err == nil {
		t.Error("DeleteBefore has no error")
	}
	if s.Days("brand") == 0 || s.SizeBytes() == 0 || s.Healthy() {
		t.Errorf("days %d, size %d, healthy %v", s.Days("brand"), s.SizeBytes(), s.Healthy())
	}
	if n := logged.count("level=warn"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, logged)
	}
	s = mustOpen(t, dir, o)
	wantDays(t, s, "brand", "getusersummary", day)
}

// TestConcurrentPuts checks that Puts which wait for each other share
// transactions, and that what is put can be read at once.
func TestConcurrentPuts(t *testing.T) {
	const accounts, days = 50, 10
	dir := t.TempDir()
	o, _ := testOptions()
	var commits atomic.Int64
	o.commit = func(tx *bolt.Tx) error { commits.Add(1); return tx.Commit() }
	s := mustOpen(t, dir, o)
	var wg sync.WaitGroup
	for a := range accounts {
		wg.Go(func() {
			account := fmt.Sprintf("account%d", a)
			for n := range days {
				s.Put(account, "getusersummary", sampleDay(account, "getusersummary", n))
				got, err := s.Range(account, "getusersummary", sampleDate(0), sampleDate(n))
				if err != nil {
					t.Error(err)
				}
				if diff := sameDays(got, sampleDays(account, "getusersummary", 0, n)); diff != "" {
					t.Errorf("%s: %s", account, diff)
				}
				s.PutNote(account, "last", fmt.Append(nil, n))
				_, _, _ = s.Days(account), s.SizeBytes(), s.Healthy()
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			s.Flush()
			if err := s.DeleteBefore("2020-01-01"); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	if n := commits.Load(); n > accounts*days {
		t.Errorf("%d commits for %d changes", n, 2*accounts*days)
	}
	mustClose(t, s)
	s = mustOpen(t, dir, o)
	for a := range accounts {
		account := fmt.Sprintf("account%d", a)
		wantDays(t, s, account, "getusersummary", sampleDays(account, "getusersummary", 0, days-1)...)
		if s.Days(account) != days {
			t.Errorf("Days(%s) = %d", account, s.Days(account))
		}
	}
}

// TestSharedTransaction holds a commit up until nine more Puts wait. They must
// all be in the next one.
func TestSharedTransaction(t *testing.T) {
	o, _ := testOptions()
	s := mustOpen(t, t.TempDir(), o)
	var commits atomic.Int64
	reached, goOn := make(chan struct{}), make(chan struct{})
	s.file.commit = func(tx *bolt.Tx) error {
		if commits.Add(1) == 1 {
			close(reached)
			<-goOn
		}
		return tx.Commit()
	}
	var wg sync.WaitGroup
	put := func(n int) {
		wg.Go(func() { s.Put("brand", "getusersummary", sampleDay("brand", "getusersummary", n)) })
	}
	put(0)
	<-reached
	for n := 1; n < 10; n++ {
		put(n)
	}
	for { // until all have announced themselves
		s.mu.Lock()
		announced := s.changes
		s.mu.Unlock()
		if announced == 10 {
			break
		}
		runtime.Gosched()
	}
	close(goOn)
	wg.Wait()
	if n := commits.Load(); n != 2 {
		t.Errorf("%d commits, want 2", n)
	}
	wantDays(t, s, "brand", "getusersummary", sampleDays("brand", "getusersummary", 0, 9)...)
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	_, err := Open(dir, o)
	host, _ := os.Hostname()
	want := fmt.Sprintf("store %s: in use by process %d on %s (since 2026-11-21T00:15:00Z)", dir, os.Getpid(), host)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	writeFile(t, filepath.Join(dir, lockName), []byte("{"))
	if _, err := Open(dir, o); err == nil || !strings.HasSuffix(err.Error(), "in use by another process") {
		t.Errorf("with a lock file that tells nothing: %v", err)
	}
	s.Put("brand", "getusersummary", sampleDay("brand", "getusersummary", 1))
	wantHealthy(t, s, true)
	mustClose(t, s)
	mustOpen(t, dir, o)
}

// TestInUseByTool has another program hold bbolt's own lock, as the bbolt
// command does while it reads.
func TestInUseByTool(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	mustClose(t, mustOpen(t, dir, o))
	db, err := bolt.Open(dbPath(dir), 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := Open(dir, o); err == nil || !strings.Contains(err.Error(), "is open in another program") {
		t.Errorf("error %v", err)
	}
}
