package store

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// damageAPIs are the sample's APIs with their number of days.
var damageAPIs = map[string]int{"getusersummary": 40, "getusercumulate": 60, "getuserreadhour": 3}

var damageAccounts = []string{"account0", "account1"}

const damageRecords = 2 * (40 + 60 + 3)

// damageSample returns the bytes of a small store that has every kind of page:
// branches, overflow, inline buckets, free pages. It was opened again after its
// last record, so that the newest transaction holds none.
func damageSample(tb testing.TB) []byte {
	dir := tb.TempDir()
	o, _ := testOptions()
	o.commit = withoutSync
	for _, put := range []func(*Store){
		func(s *Store) {
			for _, account := range damageAccounts {
				for _, api := range slices.Sorted(maps.Keys(damageAPIs)) {
					s.Put(account, api, sampleDays(account, api, 0, damageAPIs[api]-1)...)
				}
				s.PutNote(account, "parked", []byte("1"))
			}
		},
		func(*Store) {},
	} {
		s, err := Open(dir, o)
		if err != nil {
			tb.Fatal(err)
		}
		put(s)
		if err := s.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	return readFile(tb, dbPath(dir))
}

// damageContents are the sample's days by account and API, and date.
var damageContents = func() map[[2]string]map[string]Day {
	all := map[[2]string]map[string]Day{}
	for _, account := range damageAccounts {
		for api, days := range damageAPIs {
			key := [2]string{account, api}
			all[key] = map[string]Day{}
			for _, d := range sampleDays(account, api, 0, days-1) {
				all[key][d.Date] = d
			}
		}
	}
	return all
}()

// openDamaged opens a store whose file is b, and checks what must hold whatever
// b is: no panic, and every record that the store has is right. It returns what
// became of the file and how many records are missing.
func openDamaged(t *testing.T, b []byte) (outcome string, missing int) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, dbPath(dir), b)
	o, logged := testOptions()
	o.commit = withoutSync
	s, err := Open(dir, o)
	if err != nil {
		if !errors.Is(err, errForeign) && !errors.Is(err, errNewer) {
			t.Fatalf("error %v", err)
		}
		if !bytes.Equal(readFile(t, dbPath(dir)), b) {
			t.Fatal("a file that was refused was changed")
		}
		return "refused", 0
	}
	defer s.Close()
	for key, want := range damageContents {
		got, err := s.Range(key[0], key[1], "0000-00-00", "9999-99-99")
		if err != nil {
			t.Fatal(err)
		}
		missing += len(want) - len(got)
		for _, d := range got {
			w, ok := want[d.Date]
			if !ok {
				t.Fatalf("%v has %s", key, d.Date)
			}
			if diff := sameDay(d, w); diff != "" {
				t.Fatalf("%v: %s", key, diff)
			}
		}
	}
	s.Put("new", "getusersummary", sampleDay("new", "getusersummary", 1))
	wantHealthy(t, s, true)
	wantDays(t, s, "new", "getusersummary", sampleDay("new", "getusersummary", 1))
	aside := setAsides(t, dir)
	if len(aside) == 0 {
		return "used", missing
	}
	if filepath.Base(aside[0]) != "wx_exporter.db.damaged-20261121T001500Z" || !bytes.Equal(readFile(t, aside[0]), b) {
		t.Fatalf("set aside as %s, or changed", aside[0])
	}
	if !strings.Contains(logged.String(), "set_aside="+aside[0]) {
		t.Fatalf("the log does not name %s:\n%s", aside[0], logged)
	}
	if missing != damageRecords {
		t.Fatalf("set aside, but %d records missing", missing)
	}
	return "set aside", missing
}

func TestOpenKinds(t *testing.T) {
	sample := damageSample(t)
	h, err := readHead(bytes.NewReader(sample), int64(len(sample)))
	if err != nil {
		t.Fatal(err)
	}
	bolted := func(fn func(tx *bolt.Tx) error) []byte {
		path := filepath.Join(t.TempDir(), "x.db")
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(fn), db.Close()); err != nil {
			t.Fatal(err)
		}
		return readFile(t, path)
	}
	meta := func(program, format string) []byte {
		return bolted(func(tx *bolt.Tx) error {
			b, err := create(tx, accountsBucket)
			if err == nil {
				b, err = create(tx, metaBucket)
			}
			if err != nil {
				return err
			}
			return errors.Join(b[0].Put([]byte(programKey), []byte(program)), b[0].Put([]byte(formatKey), []byte(format)))
		})
	}
	with := func(at int, with string) []byte {
		b := bytes.Clone(sample)
		copy(b[at:], with)
		return b
	}
	bothMetas := with(100, "")
	for _, at := range []int{40, os.Getpagesize() + 40} {
		bothMetas[at] ^= 1
	}
	laterBolt := meta(program, "1")
	for _, at := range []int{0, os.Getpagesize()} {
		laterBolt[at+20] = 3
		resum(laterBolt[at:])
	}
	for _, tc := range []struct {
		name    string
		file    []byte
		want    string
		missing int
	}{
		{"as it was left", sample, "used", 0},
		{"empty", nil, "used", damageRecords},
		{"creation was interrupted", bolted(func(*bolt.Tx) error { return nil }), "used", damageRecords},
		{"text", []byte("hello, this is the diary of somebody else\n"), "refused", 0},
		{"one byte", []byte("x"), "refused", 0},
		{"SQLite", append([]byte("SQLite format 3\x00"), make([]byte, 8192)...), "refused", 0},
		{"another program's bbolt file", bolted(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("etcd")); return err }), "refused", 0},
		{"another program with our bucket names", meta("other", "1"), "refused", 0},
		{"newer format", meta(program, "2"), "refused", 0},
		{"newer bbolt", laterBolt, "refused", 0},
		{"senseless format", meta(program, "one"), "set aside", damageRecords},
		{"zeros", make([]byte, 65536), "set aside", damageRecords},
		{"a few zeros", make([]byte, 3), "set aside", damageRecords},
		{"zeros in front", with(0, strings.Repeat("\x00", 8192)), "set aside", damageRecords},
		{"first meta page lost", with(0, strings.Repeat("?", 4096)), "used", 0},
		{"both meta pages damaged", bothMetas, "set aside", damageRecords},
		{"root page lost", with(int(h.root)*os.Getpagesize(), strings.Repeat("?", 4096)), "set aside", damageRecords},
		{"first 18 bytes", sample[:18], "set aside", damageRecords},
		{"first page", sample[:os.Getpagesize()], "set aside", damageRecords},
		{"last byte in use gone", sample[:inUse(t, sample)-1], "set aside", damageRecords},
		{"cut behind the pages in use", sample[:inUse(t, sample)], "used", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, missing := openDamaged(t, tc.file); got != tc.want || missing != tc.missing {
				t.Errorf("%s, %d records missing; want %s, %d", got, missing, tc.want, tc.missing)
			}
		})
	}
}

// TestOpenNoFile has something in the place of the file that is none.
func TestOpenNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(dbPath(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	o, _ := testOptions()
	if _, err := Open(dir, o); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("error %v", err)
	}
	if _, err := Open(dbPath(dir)+"/x/\x00", o); err == nil {
		t.Error("an impossible name is no error")
	}
	file := filepath.Join(dir, "file")
	writeFile(t, file, nil)
	if _, err := Open(file, o); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a file for a directory: %v", err)
	}
}

// TestSetAsideTwice damages two files within the same second.
func TestSetAsideTwice(t *testing.T) {
	dir := t.TempDir()
	o, _ := testOptions()
	for range 3 {
		writeFile(t, dbPath(dir), make([]byte, 100))
		mustClose(t, mustOpen(t, dir, o))
	}
	if got := setAsides(t, dir); len(got) != 3 {
		t.Errorf("set aside: %v", got)
	}
}

// TestSetAsideNowhere has no name that a file could be set aside under, as a
// failing disk has none.
func TestSetAsideNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	for _, path := range []string{filepath.Join(file, fileName), filepath.Join(t.TempDir(), "\x00")} {
		if aside, err := setAside(path, testNow); err == nil {
			t.Errorf("%q is set aside as %q", path, aside)
		}
	}
}

// TestDamagedValue damages a record where only reading it can tell.
func TestDamagedValue(t *testing.T) {
	dir := t.TempDir()
	o, logged := testOptions()
	s := mustOpen(t, dir, o)
	days := sampleDays("brand", "getusersummary", 0, 4)
	s.Put("brand", "getusersummary", days...)
	s.PutNote("brand", "parked", []byte("the note"))
	err := s.file.update(func(tx *bolt.Tx) error {
		b, notes := find(tx, place{"brand", "getusersummary"}), find(tx, place{account: "brand"})
		return errors.Join(
			b.Put([]byte(days[1].Date), []byte("{}\n[]")),
			b.Put([]byte(days[3].Date), b.Get([]byte(days[2].Date))),
			notes.Put([]byte("parked"), nil),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		wantDays(t, s, "brand", "getusersummary", days[0], days[2], days[4])
		if note, err := s.Note("brand", "parked"); note != nil || err != nil {
			t.Errorf("note %q, %v", note, err)
		}
	}
	if n := logged.count("a stored record is damaged"); n != 3 {
		t.Errorf("logged %d times, want 3:\n%s", n, logged)
	}
	wantHealthy(t, s, true)
	s.Put("brand", "getusersummary", days[1], days[3])
	wantDays(t, s, "brand", "getusersummary", days...)
	if got := s.Days("brand"); got != 5 {
		t.Errorf("Days = %d", got)
	}
}
