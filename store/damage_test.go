package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// damageSample makes a store that fills some hundred pages, and returns its bytes.
func damageSample(t *testing.T, w world) []byte {
	s := w.open(t)
	for a := range 4 {
		account := fmt.Sprint("wx", a)
		s.SetAccounts(Account{ID: account, Name: "brand"})
		s.Put(account, sampleAPI, sampleDays(account, 0, 400)...)
		s.Put(account, "getuserreadhour", benchWeek(30)...)
		s.PutState(account, "states", []byte(`{"some":"state"}`))
	}
	s.Put("wx1", "getarticletotal", Day{Date: sampleDate(0), Rows: []byte(`[{"title":"` + strings.Repeat("long ", 20_000) + `"}]`)})
	mustClose(t, s)
	return readFile(t, filepath.Join(w.Path, sqliteName))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDamagedPage damages a page of the file in many ways. The store always
// opens, says what it did, and has everything again when it was filled again.
func TestDamagedPage(t *testing.T) {
	sample := damageSample(t, newWorld(t.TempDir(), ""))
	const page = 4096
	outcomes := map[string]int{}
	for n := range damages {
		seed := rand.Uint64()
		rng := rand.New(rand.NewPCG(seed, 0))
		file := bytes.Clone(sample)
		at := rng.IntN(len(file)/page) * page
		if n%8 == 0 {
			at = 0 // the header and the schema
		}
		hurt := file[at : at+page]
		if n%2 == 0 {
			from := rng.IntN(page)
			hurt = hurt[from:min(page, from+1+rng.IntN(64))]
		}
		for i := range hurt {
			hurt[i] = byte(rng.Uint32())
			if n%6 == 1 {
				hurt[i] = 0
			}
		}
		t.Run(fmt.Sprintf("%d/%d", seed, n), func(t *testing.T) {
			outcomes[openDamaged(t, file)]++
		})
	}
	t.Log(outcomes)
}

// TestDamagedDay: a day of which a part cannot be is taken for missing, and the
// others are told. With a date that is not UTF-8 a whole family could not be shown.
func TestDamagedDay(t *testing.T) {
	w := newWorld(t.TempDir(), "")
	s := w.open(t)
	defer s.Close()
	s.Put("wx1", sampleAPI, sampleDays("wx1", 0, 2)...)
	for n, damage := range []string{"fetched_at = 'soon'", "date = CAST(x'323032362d30312d30ff' AS TEXT)"} {
		if _, err := s.db.Exec("UPDATE days SET "+damage+" WHERE date = $1", sampleDate(n)); err != nil {
			t.Fatal(err)
		}
	}
	wantDays(t, s, "wx1", sampleDay("wx1", 2))
	if n := w.log.count("corrupt stored day"); n != 2 {
		t.Errorf("%d lines:\n%s", n, w.log)
	}
}

// TestDamagedIndex: an index that has a wrong key, which would hide a day.
func TestDamagedIndex(t *testing.T) {
	file := damageSample(t, newWorld(t.TempDir(), ""))
	day := []byte("wx1" + sampleAPI + sampleDate(7)) // the table has the time next
	at := -1
	for i := 0; at < 0; {
		next := bytes.Index(file[i:], day)
		if next < 0 {
			t.Fatal("no index found")
		}
		i += next + len(day)
		if !bytes.HasPrefix(file[i:], []byte(testNow.Format("2006-"))) {
			at = i
		}
	}
	file[at-1] ^= 1
	if outcome := openDamaged(t, file); outcome != "set aside at the start" {
		t.Error(outcome)
	}
}

// openDamaged uses a store whose file is given, and returns what became of it.
func openDamaged(t *testing.T, file []byte) string {
	w := newWorld(t.TempDir(), "")
	if err := os.WriteFile(filepath.Join(w.Path, sqliteName), file, 0o600); err != nil {
		t.Fatal(err)
	}
	s := w.open(t)
	defer s.Close()
	use := func() {
		for a := range 4 {
			for _, api := range []string{sampleAPI, "getuserreadhour", "getarticletotal"} {
				_, err := s.Days(fmt.Sprint("wx", a), api, "", "9")
				if err != nil && w.log.count("store failed, keeping answers") == 0 {
					t.Errorf("%v, and nothing in the log:\n%s", err, w.log)
				}
			}
		}
	}
	use()
	for a := range 4 {
		account := fmt.Sprint("wx", a)
		s.Put(account, sampleAPI, sampleDays(account, 0, 400)...)
	}
	w.clock.pass(retryPause)
	s.Flush()
	wantHealthy(t, s, true)
	for a := range 4 {
		got, err := s.Days(fmt.Sprint("wx", a), sampleAPI, sampleDate(0), sampleDate(400))
		if err != nil || len(got) != 401 {
			t.Errorf("%d days, %v", len(got), err)
		}
	}
	lines(t, s, "SELECT * FROM getusersummary")
	aside := setAsides(t, w.Path)
	if len(aside) == 0 {
		if strings.Contains(w.log.String(), "set aside") {
			t.Error(w.log)
		}
		if w.log.String() != "" {
			return "days or a view logged"
		}
		return "used"
	}
	if len(aside) != 1 || w.log.count("set_aside="+aside[0]) != 1 {
		t.Errorf("%v\n%s", aside, w.log)
	}
	if strings.Contains(w.log.String(), "keeping answers in memory") {
		return "set aside while running"
	}
	return "set aside at the start"
}

// TestForeignFiles: what is no store is set aside with its bytes.
func TestForeignFiles(t *testing.T) {
	other := func(statement string) []byte {
		path := filepath.Join(t.TempDir(), "other")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		return readFile(t, path)
	}
	sample := damageSample(t, newWorld(t.TempDir(), ""))
	for name, file := range map[string][]byte{
		"text":                     []byte("the diary of somebody else\n"),
		"zeros":                    make([]byte, 65536),
		"first page":               sample[:4096],
		"last byte gone":           sample[:len(sample)-1],
		"another program's":        other("CREATE TABLE diary (day)"),
		"another program's meta":   other("CREATE TABLE meta (x)"),
		"no version":               other("CREATE TABLE meta (name, value)"),
		"senseless version":        other("CREATE TABLE meta (name, value); INSERT INTO meta VALUES ('version', 'one')"),
		"version for reading only": append(append(bytes.Clone(sample[:18]), 3), sample[19:]...),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t.TempDir(), "")
			path := filepath.Join(w.Path, sqliteName)
			for n := range 2 { // within the same second
				if err := os.WriteFile(path, file, 0o600); err != nil {
					t.Fatal(err)
				}
				s := w.open(t)
				s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
				wantHealthy(t, s, true)
				wantDays(t, s, "wx1", sampleDay("wx1", 0))
				mustClose(t, s)
				aside := setAsides(t, w.Path)
				if len(aside) != n+1 || w.log.count("set_aside="+aside[n]) != 1 {
					t.Fatalf("%v\n%s", aside, w.log)
				}
				if !bytes.Equal(readFile(t, aside[n]), file) {
					t.Error("its bytes changed")
				}
			}
		})
	}
	t.Run("empty", func(t *testing.T) {
		w := newWorld(t.TempDir(), "")
		if err := os.WriteFile(filepath.Join(w.Path, sqliteName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		mustClose(t, w.open(t))
		if w.log.String() != "" {
			t.Error(w.log)
		}
	})
}

// TestDamagedWhileRunning: the store goes on with a new file, in which what was
// put is.
func TestDamagedWhileRunning(t *testing.T) {
	w := newWorld(t.TempDir(), "")
	damageSample(t, w)
	s := w.open(t)
	s.db.SetMaxIdleConns(0) // what connections remember hides the damage
	path := filepath.Join(w.Path, sqliteName)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte("?"), len(readFile(t, path))-4096), 4096); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		s.Put("wx9", sampleAPI, sampleDay("wx9", n))
		w.clock.pass(retryPause)
	}
	s.Flush()
	wantHealthy(t, s, true)
	wantDays(t, s, "wx9", sampleDays("wx9", 0, 2)...)
	if len(setAsides(t, w.Path)) != 1 || w.log.count("keeping answers in memory") != 1 || w.log.count("store recovered") != 1 {
		t.Error(w.log)
	}
	mustClose(t, s)
	s = w.open(t)
	wantDays(t, s, "wx9", sampleDays("wx9", 0, 2)...)
	mustClose(t, s)
}

// TestRemovedWhileRunning: what is put after the file was removed or replaced is
// not lost with it.
func TestRemovedWhileRunning(t *testing.T) {
	for name, hurt := range map[string]func(path string) error{
		"removed":  os.Remove,
		"replaced": func(path string) error { return os.Rename(path+".backup", path) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t.TempDir(), "")
			path := filepath.Join(w.Path, sqliteName)
			mustClose(t, w.open(t))
			if err := os.WriteFile(path+".backup", readFile(t, path), 0o600); err != nil {
				t.Fatal(err)
			}
			s := w.open(t)
			wantDays(t, s, "wx1")
			if err := hurt(path); err != nil {
				t.Fatal(err)
			}
			s.Flush()
			wantHealthy(t, s, true)
			s.Put("wx1", sampleAPI, sampleDay("wx1", 1))
			wantDays(t, s, "wx1", sampleDay("wx1", 1))
			mustClose(t, s)
			s = w.open(t)
			wantDays(t, s, "wx1", sampleDay("wx1", 1))
			mustClose(t, s)
			if len(setAsides(t, w.Path)) != 0 || w.log.count("removed or replaced") != 1 {
				t.Error(w.log)
			}
		})
	}
}

// TestRemovedLock: when the directory or the lock goes, the store notices, says so,
// makes them again, and nobody else can use it.
func TestRemovedLock(t *testing.T) {
	for name, hurt := range map[string]func(dir string) error{
		"the directory": os.RemoveAll,
		"the lock":      func(dir string) error { return os.Remove(filepath.Join(dir, lockName)) },
		"all files": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, lockName)), os.Remove(filepath.Join(dir, sqliteName)), os.Remove(filepath.Join(dir, sqliteName+"-wal")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(filepath.Join(t.TempDir(), "data"), "")
			s := w.open(t)
			defer mustClose(t, s)
			s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
			if err := hurt(w.Path); err != nil {
				t.Fatal(err)
			}
			s.Flush()
			wantHealthy(t, s, true)
			s.Put("wx2", sampleAPI, sampleDay("wx2", 1))
			wantDays(t, s, "wx2", sampleDay("wx2", 1))
			if _, err := Open(t.Context(), w.Options); !errors.Is(err, ErrInUse) {
				t.Errorf("a second process: %v", err)
			}
			if w.log.count("was removed or replaced") != 1 || w.log.count("store recovered") != 1 {
				t.Error(w.log)
			}
		})
	}
}

// TestTakenOver: a process that lost its lock to another one leaves the store alone,
// says who uses it, and goes on when that one has ended.
func TestTakenOver(t *testing.T) {
	w := newWorld(t.TempDir(), "")
	s := w.open(t)
	defer mustClose(t, s)
	s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
	if err := os.Remove(filepath.Join(w.Path, lockName)); err != nil {
		t.Fatal(err)
	}
	other := w.open(t)
	s.Put("wx1", sampleAPI, sampleDay("wx1", 1))
	wantHealthy(t, s, false)
	if w.log.count("in use by process") != 1 {
		t.Error(w.log)
	}
	wantDays(t, other, "wx1", sampleDay("wx1", 0))
	s.Flush()
	mustClose(t, other)
	s.Flush()
	wantHealthy(t, s, true)
	wantDays(t, s, "wx1", sampleDays("wx1", 0, 1)...)
	if w.log.count("in use by process") != 1 || w.log.count("store recovered") != 1 {
		t.Error(w.log)
	}
}

// TestNoStoreToRead: reading names what is missing and what to do.
func TestNoStoreToRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReader(t.Context(), Options{Path: dir}); err == nil || !strings.Contains(err.Error(), "store "+dir+": there is none; --storage.path names") {
		t.Error(err)
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t, "fsync=off")
		if _, err := OpenReader(t.Context(), Options{URL: server.Database(t)}); err == nil || !strings.Contains(err.Error(), "store: there is none in this database and schema") {
			t.Error(err)
		}
	})
}

// TestDamagedLabels: labels that cannot be read are an error, not an account
// without any.
func TestDamagedLabels(t *testing.T) {
	w := newWorld(t.TempDir(), "")
	s := w.open(t)
	s.SetAccounts(Account{ID: "wx1", Name: "brand", Labels: map[string]string{"team": "growth"}})
	if _, err := s.db.Exec("UPDATE accounts SET labels = '{'"); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	r, err := OpenReader(t.Context(), w.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if accounts, err := r.Accounts(t.Context()); err == nil || !strings.Contains(err.Error(), "labels of account brand: ") {
		t.Errorf("%v, %v", accounts, err)
	}
}
