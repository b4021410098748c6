package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
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

// examineBytes is examine for a file in memory.
func examineBytes(b []byte) error {
	h, err := readHead(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	if err := identify(bytes.NewReader(b), h); err != nil {
		return err
	}
	return check(bytes.NewReader(b), h)
}

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

// resum corrects the checksum of the meta page at the start of b.
func resum(b []byte) {
	sum := fnv.New64a()
	_, _ = sum.Write(b[pageHeaderSize : pageHeaderSize+56])
	order.PutUint64(b[pageHeaderSize+56:], sum.Sum64())
}

// inUse returns the size of the part of the file that pages are in.
func inUse(t *testing.T, file []byte) int64 {
	h, err := readHead(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return int64(h.pages) * h.pageSize
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

// TestTruncatedAnywhere cuts the file off at every length that matters.
func TestTruncatedAnywhere(t *testing.T) {
	sample := damageSample(t)
	used := inUse(t, sample)
	for n := int64(1); n < used; n++ {
		if n > 256 && n%509 != 0 && n%4096 > 1 {
			continue
		}
		if err := examineBytes(sample[:n]); !errors.Is(err, errDamaged) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// TestFlippedAnywhere changes single bytes all over the file. Either it is found
// at once, or the file is opened and every record that it gives is right.
func TestFlippedAnywhere(t *testing.T) {
	sample := damageSample(t)
	h, err := readHead(bytes.NewReader(sample), int64(len(sample)))
	if err != nil {
		t.Fatal(err)
	}
	root := int(h.root)
	rng := rand.New(rand.NewPCG(1, 2))
	outcomes := map[string]int{}
	flip := func(at int, with byte) {
		b := bytes.Clone(sample)
		b[at] ^= with
		err := examineBytes(b)
		if err != nil {
			outcomes[fmt.Sprint(err)[:12]]++
		}
		switch {
		case errors.Is(err, errDamaged):
		case errors.Is(err, errForeign), errors.Is(err, errNewer):
			if at/os.Getpagesize() != root { // where it says whose file it is
				t.Fatalf("byte %d ^ %#x: %v", at, with, err)
			}
		case err != nil:
			t.Fatalf("byte %d ^ %#x: %v", at, with, err)
		case rng.IntN(30) == 0:
			outcome, missing := openDamaged(t, b)
			outcomes[outcome]++
			// A name that was changed takes with it what lies under it.
			if outcome == "used" && missing > 1 && !slices.Contains([]int{40, 60, 3, damageRecords / 2}, missing) {
				t.Fatalf("byte %d ^ %#x: %d records missing", at, with, missing)
			}
		}
	}
	for at := range sample[:inUse(t, sample)] {
		if at%os.Getpagesize() < 48 || at%53 == 0 {
			flip(at, []byte{1, 2, 4, 8, 16, 32, 64, 128, 255}[rng.IntN(9)])
		}
	}
	t.Log(outcomes)
	for _, want := range []string{"the file is ", "used"} {
		if outcomes[want] < 20 {
			t.Errorf("only %d times %q", outcomes[want], want)
		}
	}
}

// TestLoopsAndSharing wires pages wrongly, in ways that bbolt would follow for
// ever or write over.
func TestLoopsAndSharing(t *testing.T) {
	sample := damageSample(t)
	h, err := readHead(bytes.NewReader(sample), int64(len(sample)))
	if err != nil {
		t.Fatal(err)
	}
	page := func(b []byte, id uint64) []byte { return b[int64(id)*h.pageSize:][:h.pageSize] }
	var branch uint64
	for id := uint64(2); id < h.pages; id++ {
		if p := page(sample, id); order.Uint16(p[8:]) == branchPage && order.Uint16(p[10:]) >= 2 && order.Uint64(p) == id {
			branch = id
		}
	}
	if branch == 0 {
		t.Fatal("the sample has no branch page")
	}
	for name, change := range map[string]func(b []byte){
		"a branch that is its own child": func(b []byte) { order.PutUint64(page(b, branch)[24:], branch) },
		"two branches to one child":      func(b []byte) { copy(page(b, branch)[24+16:], page(b, branch)[24:][:8]) },
		"a child beyond the end":         func(b []byte) { order.PutUint64(page(b, branch)[24:], h.pages) },
		"a child far beyond the end":     func(b []byte) { order.PutUint64(page(b, branch)[24:], 1<<63) },
		"the root in use and free": func(b []byte) {
			order.PutUint16(page(b, h.freelist)[10:], 1)
			order.PutUint64(page(b, h.freelist)[16:], h.root)
		},
		"an endless list of free pages": func(b []byte) {
			order.PutUint16(page(b, h.freelist)[10:], 0xFFFF)
			order.PutUint64(page(b, h.freelist)[16:], 1<<60)
		},
		"a page of four billion more": func(b []byte) { order.PutUint32(page(b, h.root)[12:], 1<<32-1) },
	} {
		b := bytes.Clone(sample)
		change(b)
		if err := examineBytes(b); !errors.Is(err, errDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if outcome, _ := openDamaged(t, b); outcome != "set aside" {
			t.Errorf("%s: %s", name, outcome)
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

// FuzzExamine holds what examine lets pass against what bbolt does with it.
func FuzzExamine(f *testing.F) {
	dir := f.TempDir()
	o, _ := testOptions()
	s := mustOpen(f, dir, o)
	s.Put("brand", "getusersummary", sampleDays("brand", "getusersummary", 0, 2)...)
	s.PutNote("brand", "parked", []byte("1"))
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	whole := readFile(f, dbPath(dir))
	// The fuzzer changes some bytes and repairs the checksums of the meta pages,
	// or it would not get far.
	f.Add(uint(0), []byte{0}, true)
	for n := range uint(12) {
		f.Add(n*4096+8, []byte{1, 0, 2, 0}, true)
		f.Add(n*4096+24, []byte{0xFF, 0xFF}, false)
	}
	f.Fuzz(func(t *testing.T, at uint, with []byte, repair bool) {
		b := bytes.Clone(whole)
		if at >= uint(len(b)) {
			return
		}
		copy(b[at:], with)
		for _, meta := range []int{0, os.Getpagesize()} {
			// The only bytes that bbolt checks and does not use.
			copy(b[meta:], whole[meta:meta+pageHeaderSize])
			if repair {
				resum(b[meta:])
			}
		}
		if err := examineBytes(b); err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), fileName)
		writeFile(t, path, b)
		db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.Update(func(tx *bolt.Tx) error {
			for err := range tx.Check() {
				if !strings.Contains(err.Error(), "unreachable unfreed") { // lost, but harmless
					t.Error(err)
				}
			}
			if len(b) == 0 || tx.Bucket([]byte(metaBucket)) == nil {
				return nil
			}
			if err := sign(tx, testNow); err != nil {
				return err
			}
			p := pending{}
			p.add(place{"brand", "getusersummary"}, map[string][]byte{"2026-10-02": []byte("x"), "2026-10-09": []byte("x")})
			_, err := p.write(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// sized is a file that had another size when it was last looked at.
type sized struct {
	*os.File
	before []int64
}

func (s *sized) Stat() (os.FileInfo, error) {
	info, err := s.File.Stat()
	if len(s.before) > 0 {
		info, s.before = oldInfo{info, s.before[0]}, s.before[1:]
	}
	return info, err
}

type oldInfo struct {
	os.FileInfo
	size int64
}

func (i oldInfo) Size() int64 { return i.size }

// A file that grew since its size was asked for is no damaged one, and one that
// is cut off is, however often it is looked at.
func TestProbe(t *testing.T) {
	o, _ := testOptions()
	dir := t.TempDir()
	s := mustOpen(t, dir, o)
	s.Put("a", "getusersummary", sampleDays("a", "getusersummary", 0, 30)...)
	mustClose(t, s)
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, test := range []struct {
		before []int64
		err    error
	}{
		{nil, nil},
		{[]int64{4096}, nil},
		{[]int64{4096, 8192, 16384}, nil},
		{[]int64{4096, 4096}, errDamaged},
		{[]int64{8192, 4096, 4096}, errDamaged},
	} {
		if err := probe(&sized{f, test.before}); !errors.Is(err, test.err) {
			t.Errorf("sizes %v and then all of it: %v", test.before, err)
		}
	}
}
