package store

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

func newTestCodec(tb testing.TB) *codec {
	c, err := newCodec()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestRecordRoundTrip(t *testing.T) {
	c := newTestCodec(t)
	at := place{"wx0123456789abcdef", "getusersummary"}
	fetched := time.Date(2026, 11, 21, 10, 4, 5, 678, time.FixedZone("", 8*3600))
	for _, tc := range []struct {
		name string
		r    Record
		zstd bool
	}{
		{"no rows", Record{Fetched: fetched, Open: true, Rows: []byte("[]")}, false},
		{"one short row", Record{Fetched: fetched, Rows: []byte(`[{"ref_date":"2026-11-20","cumulate_user":7}]`)}, false},
		{"many rows", Record{Fetched: fetched, Rows: sampleDay("a", "getuserreadhour", 1).Rows}, true},
		{"newlines and Chinese", Record{Fetched: fetched, Open: true, Rows: []byte("[\n{\"title\":\"公众号\\n\"}\n]")}, false},
		{"8 MB", Record{Fetched: fetched, Rows: bytes.Repeat([]byte(`{"title":"abcdefg"},`), 400_000)}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			value, err := c.encode(at, "2026-11-20", tc.r)
			if err != nil {
				t.Fatal(err)
			}
			if zstd := bytes.HasPrefix(value, []byte("\x28\xb5\x2f\xfd")); zstd != tc.zstd {
				t.Errorf("zstd is %v, want %v", zstd, tc.zstd)
			}
			got, err := c.decode(at, "2026-11-20", value)
			if err != nil {
				t.Fatal(err)
			}
			want := tc.r
			want.Fetched = want.Fetched.Truncate(time.Second)
			if diff := sameDay(Day{"", got}, Day{"", want}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRecordFormat holds the value against docs/storage.md.
func TestRecordFormat(t *testing.T) {
	value, err := newTestCodec(t).encode(place{"wx01", "getusercumulate"}, "2026-11-20",
		Record{Fetched: testNow, Open: true, Rows: []byte("[]")})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"fetched":"2026-11-21T00:15:00Z","open":true,"sum":"76407d4e"}` + "\n[]"
	if string(value) != want {
		t.Errorf("got  %s\nwant %s", value, want)
	}
	doc, err := os.ReadFile("../docs/storage.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), "\n"+want+"\n```") {
		t.Error("docs/storage.md shows another record")
	}
}

// TestRecordDamage changes every byte of values and their keys; nothing of that
// may pass for a record.
func TestRecordDamage(t *testing.T) {
	c := newTestCodec(t)
	at := place{"wx0123456789abcdef", "getusersummary"}
	for _, rows := range []string{"[]", string(sampleDay("a", "getusersummary", 1).Rows)} {
		want := Record{Fetched: testNow, Open: true, Rows: []byte(rows)}
		value, err := c.encode(at, "2026-11-20", want)
		if err != nil {
			t.Fatal(err)
		}
		for i := range value {
			for _, flip := range []byte{0x01, 0x10, 0x80, 0xFF} {
				b := bytes.Clone(value)
				b[i] ^= flip
				// Some bits of a zstd frame mean nothing, so the same record is fine.
				if got, err := c.decode(at, "2026-11-20", b); err == nil && sameDay(Day{"", got}, Day{"", want}) != "" {
					t.Fatalf("byte %d ^ %#x: %+v passes for a record", i, flip, got)
				}
			}
			if _, err := c.decode(at, "2026-11-20", value[:i]); err == nil {
				t.Fatalf("%d bytes of %d pass for a record", i, len(value))
			}
		}
		for name, elsewhere := range map[string]struct {
			at   place
			date string
		}{
			"another day":     {at, "2026-11-21"},
			"another api":     {place{at.account, "getusercumulate"}, "2026-11-20"},
			"another account": {place{"wx1123456789abcdef", at.api}, "2026-11-20"},
			"a note":          {place{at.account, ""}, "2026-11-20"},
		} {
			if _, err := c.decode(elsewhere.at, elsewhere.date, value); err == nil || !strings.Contains(err.Error(), "damaged record") {
				t.Errorf("as %s: error %v", name, err)
			}
		}
	}
}

// TestRecordBomb asks for more memory than any record has: a frame that says
// that 2 GB follow.
func TestRecordBomb(t *testing.T) {
	frame := []byte("\x28\xb5\x2f\xfd\xa0\xff\xff\xff\x7f\x03\x00\x00A")
	_, err := newTestCodec(t).decode(place{"a", "b"}, "2026-11-20", frame)
	if !errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		t.Errorf("error %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	c := newTestCodec(f)
	at := place{"wx0123456789abcdef", "getusersummary"}
	for _, d := range append(sampleDays("a", "getusersummary", 0, 2), Day{"2026-11-20", Record{Rows: []byte("[]")}}) {
		value, err := c.encode(at, d.Date, d.Record)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Date, value)
	}
	f.Add("2026-11-20", []byte("\x28\xb5\x2f\xfd\xa4\xff\xff\xff\x7f"))
	f.Add("2026-11-20", []byte("{}\n"))
	f.Fuzz(func(t *testing.T, date string, value []byte) {
		r, err := c.decode(at, date, value)
		if err != nil {
			return
		}
		again, err := c.encode(at, date, r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := c.decode(at, date, again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameDay(Day{date, back}, Day{date, r}); diff != "" {
			t.Error(diff)
		}
	})
}
