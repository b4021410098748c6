package store

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TestFailingCommit plays every way in which a commit can end badly, and what
// users of the store notice of it.
func TestFailingCommit(t *testing.T) {
	for name, fail := range map[string]func(*bolt.Tx) error{
		"file system became read-only": func(*bolt.Tx) error { return syscall.EROFS },
		"failed after everything was written": func(tx *bolt.Tx) error {
			return errors.Join(tx.Commit(), syscall.EIO)
		},
		"panic":              func(*bolt.Tx) error { panic("assertion failed: page 7 already freed") },
		"panic after commit": func(tx *bolt.Tx) error { panic(tx.Commit()) },
		"memory fault":       func(*bolt.Tx) error { return readUnmapped() },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o, logged := testOptions()
			failing := false
			o.commit = func(tx *bolt.Tx) error {
				if failing {
					return fail(tx)
				}
				return tx.Commit()
			}
			s := mustOpen(t, dir, o)
			days := sampleDays("brand", "getusersummary", 0, 5)
			s.Put("brand", "getusersummary", days[:3]...)
			s.PutNote("brand", "parked", []byte("1"))

			failing = true
			corrected := days[2]
			corrected.Rows = []byte(`[{"corrected":1}]`)
			s.Put("brand", "getusersummary", corrected, days[3])
			wantHealthy(t, s, false)
			s.PutNote("brand", "parked", []byte("2"))
			s.Put("brand", "getusersummary", days[4])
			s.Flush()
			if err := s.DeleteBefore("2020-01-01"); err == nil {
				t.Error("DeleteBefore has no error")
			}
			for range 2 { // while it fails, and after it does no longer
				wantDays(t, s, "brand", "getusersummary", days[0], days[1], corrected, days[3], days[4])
				if note, err := s.Note("brand", "parked"); err != nil || string(note) != "2" {
					t.Errorf("note %q, %v", note, err)
				}
				if got := s.Days("brand"); got != 5 {
					t.Errorf("Days = %d, want 5", got)
				}
				failing = false
				s.Flush()
				wantHealthy(t, s, true)
			}
			if warn, info := logged.count("level=warn"), logged.count("level=info"); warn != 1 || info != 1 {
				t.Errorf("%d warnings and %d infos, want one each:\n%s", warn, info, logged)
			}
			if n := len(s.pending); n != 0 {
				t.Errorf("%d places still in memory", n)
			}
			s.Put("brand", "getusersummary", days[5])
			mustClose(t, s)
			s = mustOpen(t, dir, o)
			wantDays(t, s, "brand", "getusersummary", days[0], days[1], corrected, days[3], days[4], days[5])
			if got := s.Days("brand"); got != 6 {
				t.Errorf("Days = %d after a restart, want 6", got)
			}
			if aside := setAsides(t, dir); len(aside) != 0 {
				t.Errorf("set aside: %v", aside)
			}
		})
	}
}

// readUnmapped reads from memory that is not there.
func readUnmapped() error {
	var b *[1 << 20]byte
	return errors.New(string(b[1<<19]))
}

// TestPutHeals checks that Puts, not only a Flush, write what waits, and that
// many of them do not try that all the time.
func TestPutHeals(t *testing.T) {
	o, _ := testOptions()
	now := testNow
	o.Now = func() time.Time { return now }
	var fail error
	commits := 0
	o.commit = func(tx *bolt.Tx) error {
		commits++
		if fail != nil {
			return fail
		}
		return tx.Commit()
	}
	s := mustOpen(t, t.TempDir(), o)
	put := func(from, to int) {
		for n := from; n <= to; n++ {
			s.Put("brand", "getusersummary", sampleDay("brand", "getusersummary", n))
		}
	}
	check := func(days, wantCommits int, healthy bool) {
		t.Helper()
		wantHealthy(t, s, healthy)
		wantDays(t, s, "brand", "getusersummary", sampleDays("brand", "getusersummary", 0, days-1)...)
		if got := s.Days("brand"); got != days {
			t.Errorf("Days = %d, want %d", got, days)
		}
		if commits != wantCommits {
			t.Errorf("%d commits, want %d", commits, wantCommits)
		}
		commits = 0
	}
	commits = 0
	put(0, 0)
	check(1, 1, true)
	fail = syscall.EIO
	put(0, 99)
	check(100, 1, false)
	now = now.Add(retryPause)
	put(50, 149)
	check(150, 1, false)
	fail = nil
	put(150, 150)
	check(151, 0, false)
	now = now.Add(-time.Hour) // a clock that is put back must not stop it
	put(151, 151)
	check(152, 1, true)
}

// TestReaderFindsDamage has a reader run into damage while a Put, which does not
// see it, succeeds. That must not pass for healed.
func TestReaderFindsDamage(t *testing.T) {
	dir := t.TempDir()
	o, logged := testOptions()
	s := mustOpen(t, dir, o)
	days := sampleDays("brand", "getusersummary", 0, 1)
	s.Put("brand", "getusersummary", days[0])
	s.file.commit = func(tx *bolt.Tx) error {
		if err := s.view(func(*bolt.Tx) error { panic("page 9: unexpected type") }); !errors.Is(err, errDamaged) {
			t.Errorf("error %v", err)
		}
		return tx.Commit()
	}
	s.Put("brand", "getusersummary", days[1])
	wantHealthy(t, s, false)
	s.Flush() // finds the file sound
	wantHealthy(t, s, true)
	wantDays(t, s, "brand", "getusersummary", days...)
	if aside := setAsides(t, dir); len(aside) != 0 || logged.count("\n") != 2 {
		t.Errorf("set aside: %v\n%s", aside, logged)
	}
}

func TestCloseLosesAloud(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	var fail error
	o.commit = func(tx *bolt.Tx) error {
		if fail != nil {
			return fail
		}
		return tx.Commit()
	}
	s := mustOpen(t, dir, o)
	fail = syscall.ENOSPC
	s.Put("brand", "getusersummary", sampleDays("brand", "getusersummary", 0, 2)...)
	err := s.Close()
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "3 records could not be written") {
		t.Errorf("error %v", err)
	}
	if _, err := Open(dir, o); !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open: %v", err)
	}
	fail = nil
	s = mustOpen(t, dir, o) // the failed Open has let go of it
	wantDays(t, s, "brand", "getusersummary")
}

// TestDeleteBeforeWhileFailing must not leave deleted days in memory, to be
// written later.
func TestDeleteBeforeWhileFailing(t *testing.T) {
	o, _ := testOptions()
	var fail error
	o.commit = func(tx *bolt.Tx) error {
		if fail != nil {
			return fail
		}
		return tx.Commit()
	}
	s := mustOpen(t, t.TempDir(), o)
	days := sampleDays("brand", "getusersummary", 0, 9)
	s.Put("brand", "getusersummary", days[:5]...)
	fail = syscall.EIO
	s.Put("brand", "getusersummary", days[5:]...)
	if err := s.DeleteBefore(days[7].Date); !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v", err)
	}
	fail = nil
	if err := s.DeleteBefore(days[7].Date); err != nil {
		t.Error(err)
	}
	wantDays(t, s, "brand", "getusersummary", days[7:]...)
	if got := s.Days("brand"); got != 3 {
		t.Errorf("Days = %d, want 3", got)
	}
}

// TestSettle checks that making the meta pages durable leaves the file as it is.
func TestSettle(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	s.Put("brand", "getusersummary", sampleDays("brand", "getusersummary", 0, 2)...)
	before := string(readFile(t, dbPath(dir)))
	if err := s.file.settle(); err != nil {
		t.Fatal(err)
	}
	if string(readFile(t, dbPath(dir))) != before {
		t.Error("the file was changed")
	}
}

func TestReplacedWhileOpen(t *testing.T) {
	dir := t.TempDir()
	o, logged := testOptions()
	s := mustOpen(t, dir, o)
	days := sampleDays("brand", "getusersummary", 0, 9)
	s.Put("brand", "getusersummary", days[0])
	s.Flush()
	wantHealthy(t, s, true)

	if err := os.Rename(dbPath(dir), dbPath(dir)+".moved"); err != nil {
		t.Skip("this system does not let go of open files")
	}
	s.Flush()
	if !strings.Contains(logged.String(), "removed or replaced while in use") {
		t.Errorf("nothing is said of it:\n%s", logged)
	}
	wantHealthy(t, s, true)
	wantDays(t, s, "brand", "getusersummary") // an empty file was begun
	s.Put("brand", "getusersummary", days[1])
	wantDays(t, s, "brand", "getusersummary", days[1])
	if got := s.Days("brand"); got != 1 {
		t.Errorf("Days = %d, want 1", got)
	}

	const text = "a file of somebody else's\n"
	writeFile(t, dbPath(dir)+".new", []byte(text))
	if err := os.Rename(dbPath(dir)+".new", dbPath(dir)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Flush()
		s.Put("brand", "getusersummary", days[2])
		wantHealthy(t, s, false)
		got, err := s.Range("brand", "getusersummary", "2000-01-01", "2100-01-01")
		if err == nil || sameDays(got, days[2:3]) != "" {
			t.Errorf("Range: %d days, %v", len(got), err)
		}
	}
	if got := readFile(t, dbPath(dir)); string(got) != text {
		t.Errorf("the file of somebody else's is now %q", got)
	}
	if err := os.Rename(dbPath(dir)+".moved", dbPath(dir)); err != nil {
		t.Fatal(err)
	}
	s.Flush()
	wantHealthy(t, s, true)
	wantDays(t, s, "brand", "getusersummary", days[0], days[2])
	if got := s.Days("brand"); got != 2 {
		t.Errorf("Days = %d, want 2", got)
	}
}
