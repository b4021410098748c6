package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

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
