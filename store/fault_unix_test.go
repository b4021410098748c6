//go:build linux || darwin

package store

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// TestFullDisk has the system refuse to let files grow, as a full disk does,
// for which no privileges are needed.
func TestFullDisk(t *testing.T) {
	if !inChild(t) {
		return
	}
	signal.Ignore(unix.SIGXFSZ)
	limit := func(size uint64) {
		t.Helper()
		var l unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
		l.Cur = min(size, l.Max)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
	}
	const none = 1<<63 - 1
	o, logged := testOptions()

	// From the start.
	for _, size := range []uint64{0, 8192, 20000} {
		dir := t.TempDir()
		limit(size)
		_, err := Open(dir, o)
		limit(none)
		if !errors.Is(err, unix.EFBIG) && !strings.Contains(err.Error(), "file too large") {
			t.Fatalf("limit %d: error %v", size, err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("limit %d: more than one line: %v", size, err)
		}
		mustClose(t, mustOpen(t, dir, o))
		if aside := setAsides(t, dir); len(aside) != 0 {
			t.Errorf("limit %d: left half a file behind", size)
		}
	}

	// While running.
	dir := t.TempDir()
	s := mustOpen(t, dir, o)
	s.Put("brand", "getuserreadhour", sampleDays("brand", "getuserreadhour", 0, 9)...)
	wantHealthy(t, s, true)
	limit(uint64(s.SizeBytes()))
	n := 10
	for s.Healthy() {
		if n > 1000 {
			t.Fatal("the limit limits nothing")
		}
		s.Put("brand", "getuserreadhour", sampleDay("brand", "getuserreadhour", n))
		n++
	}
	s.Put("brand", "getuserreadhour", sampleDay("brand", "getuserreadhour", n))
	all := sampleDays("brand", "getuserreadhour", 0, n)
	wantDays(t, s, "brand", "getuserreadhour", all...)
	if got := s.Days("brand"); got != n+1 {
		t.Errorf("Days = %d, want %d", got, n+1)
	}
	s.Flush()
	wantHealthy(t, s, false)

	limit(none)
	s.Flush()
	wantHealthy(t, s, true)
	mustClose(t, s)
	s = mustOpen(t, dir, o)
	wantDays(t, s, "brand", "getuserreadhour", all...)
	if got := s.Days("brand"); got != n+1 {
		t.Errorf("Days = %d after a restart, want %d", got, n+1)
	}
	if warn, info := logged.count("level=warn"), logged.count("level=info"); warn != 1 || info != 1 {
		t.Errorf("%d warnings and %d infos, want one each:\n%s", warn, info, logged)
	}
}

// TestUnwritable runs without the privileges that make root's tests meaningless.
func TestUnwritable(t *testing.T) {
	if !inChild(t) {
		return
	}
	base := t.TempDir()
	dirs := map[string]string{}
	for _, name := range []string{"directory", "file", "lock file", "parent/of a missing one"} {
		dirs[name] = filepath.Join(base, name)
		if err := os.MkdirAll(dirs[name], 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		becomeNobody(t, base)
	}
	o, _ := testOptions()
	mustClose(t, mustOpen(t, dirs["file"], o))
	mustClose(t, mustOpen(t, dirs["lock file"], o))
	for _, path := range []string{dirs["directory"], dbPath(dirs["file"]), filepath.Join(dirs["lock file"], lockName), filepath.Join(base, "parent")} {
		if err := os.Chmod(path, 0o500); err != nil {
			t.Fatal(err)
		}
	}
	dirs["missing"] = filepath.Join(base, "parent", "missing")
	delete(dirs, "parent/of a missing one")
	for name, dir := range dirs {
		_, err := Open(dir, o)
		if !errors.Is(err, os.ErrPermission) || !strings.HasPrefix(err.Error(), "store "+dir+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := os.Chmod(filepath.Join(base, "parent"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// becomeNobody gives the test's directory to an unprivileged user and becomes
// that user, for the rest of the process.
func becomeNobody(t *testing.T, base string) {
	const nobody = 65534
	paths := []string{filepath.Dir(base)}
	err := filepath.WalkDir(base, func(path string, _ os.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	for _, path := range paths {
		err = errors.Join(err, os.Chown(path, nobody, nobody))
	}
	if err := errors.Join(err, unix.Setgroups(nil), unix.Setgid(nobody), unix.Setuid(nobody)); err != nil {
		t.Fatal(err)
	}
}

// TestCutOffWhileOpen shortens the file under the open store.
func TestCutOffWhileOpen(t *testing.T) {
	for name, size := range map[string]int64{"to nothing": 0, "to one page": 4096, "to half": 20 << 10} {
		for _, first := range []string{"Put", "Range", "Flush"} {
			t.Run(name+", then "+first, func(t *testing.T) {
				dir := t.TempDir()
				o, logged := testOptions()
				s := mustOpen(t, dir, o)
				s.Put("brand", "getuserreadhour", sampleDays("brand", "getuserreadhour", 0, 9)...)
				day := sampleDay("brand", "getusersummary", 1)
				if err := os.Truncate(dbPath(dir), size); err != nil {
					t.Fatal(err)
				}
				switch first {
				case "Put":
					s.Put("brand", "getusersummary", day)
					wantHealthy(t, s, false)
				case "Range":
					if _, err := s.Range("brand", "getuserreadhour", "2000-01-01", "2100-01-01"); !errors.Is(err, errDamaged) {
						t.Errorf("error %v", err)
					}
					wantHealthy(t, s, false)
				}
				s.Put("brand", "getusersummary", day)
				s.Flush()
				wantHealthy(t, s, true)
				wantDays(t, s, "brand", "getusersummary", day)
				wantDays(t, s, "brand", "getuserreadhour")
				if got := s.Days("brand"); got != 1 {
					t.Errorf("Days = %d, want 1", got)
				}
				if aside := setAsides(t, dir); size > 0 && (len(aside) != 1 || !strings.Contains(logged.String(), "set_aside="+aside[0])) {
					t.Errorf("set aside: %v\n%s", aside, logged)
				}
			})
		}
	}
}

// TestFaultInMapping has a transaction run into the part of the mapping that the
// file lost since it began.
func TestFaultInMapping(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	s := mustOpen(t, dir, o)
	s.Put("brand", "getuserreadhour", sampleDays("brand", "getuserreadhour", 0, 9)...)
	cut := func(tx *bolt.Tx) error {
		if err := os.Truncate(dbPath(dir), 0); err != nil {
			return err
		}
		return find(tx, place{"brand", "getuserreadhour"}).ForEach(func(_, v []byte) error {
			_ = string(v)
			return nil
		})
	}
	if err := s.view(cut); !errors.Is(err, errDamaged) {
		t.Errorf("view: %v", err)
	}
	wantHealthy(t, s, false)
	s.Flush()
	wantHealthy(t, s, true)
	s.Put("brand", "getuserreadhour", sampleDays("brand", "getuserreadhour", 0, 9)...)
	if err := s.update(cut); !errors.Is(err, errDamaged) {
		t.Errorf("update: %v", err)
	}
	s.Flush()
	s.Put("brand", "getuserreadhour", sampleDays("brand", "getuserreadhour", 0, 9)...)
	s.Flush()
	wantHealthy(t, s, true)
	wantDays(t, s, "brand", "getuserreadhour", sampleDays("brand", "getuserreadhour", 0, 9)...)
}
