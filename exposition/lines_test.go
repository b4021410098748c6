package exposition

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	kflate "github.com/klauspost/compress/flate"
)

// inflate returns what blocks inflate to by the standard library, and fails the
// test if another library sees it differently.
func inflate(t testing.TB, z []byte) []byte {
	t.Helper()
	z = append(bytes.Clone(z), lastBlock...)
	got, err := io.ReadAll(flate.NewReader(bytes.NewReader(z)))
	if err != nil {
		t.Fatalf("inflate: %v", err)
	}
	other, err := io.ReadAll(kflate.NewReader(bytes.NewReader(z)))
	if err != nil || !bytes.Equal(got, other) {
		t.Fatalf("libraries differ: %v", err)
	}
	return got
}

// hourly returns lines of a metric as an account has them.
func hourly(days int) []byte {
	rnd := rand.New(rand.NewPCG(5, 6))
	var b bytes.Buffer
	for day := range days {
		for hour := range 24 {
			for source := range 5 {
				fmt.Fprintf(&b, "wx_read_hourly_int_page_reads{account=\"a001\",date=\"2026-11-%02d\",hour=\"%02d\",source=\"%d\"} %d\n", day+1, hour, source*source*source, rnd.IntN(1<<rnd.IntN(14)))
			}
		}
	}
	return b.Bytes()
}

// rareBytes has bytes half as frequent as the next, for which Huffman's codes
// are longer than deflate allows.
func rareBytes() []byte {
	var b []byte
	for i := range 17 {
		b = append(b, bytes.Repeat([]byte{byte('a' + i)}, 1<<i)...)
	}
	rnd := rand.New(rand.NewPCG(7, 8))
	rnd.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	return append(b, '\n')
}

var lineTexts = map[string][]byte{
	"nothing":         nil,
	"one byte":        []byte("a"),
	"an empty line":   []byte("\n"),
	"empty lines":     []byte("\n\n\n\n"),
	"no end of line":  []byte("wx_m 1"),
	"one line":        []byte("wx_m{a=\"b\"} 1\n"),
	"the same lines":  bytes.Repeat([]byte("wx_m{a=\"b\"} 1\n"), 1000),
	"other labels":    []byte("m{a=\"1\"} 1\nm{a=\"1\",b=\"2\"} 1\nm 1\nm{b=\"2\"} 12\nm{a=\"1\",b=\"2\"} 1\n"),
	"quotes":          []byte(`m{a="\"x\""} 1` + "\n" + `m{a="\\"} 1` + "\n" + `m{a="\"\"\""} 1` + "\n"),
	"longer, shorter": []byte("m{a=\"1\",b=\"x\"} 1\nm{a=\"12345\",b=\"x\"} 123\nm{a=\"\",b=\"x\"} 1\nm{a=\"1\",b=\"\"} 1\n"),
	"far apart":       []byte(strings.Repeat(strings.Repeat("x", 40_000)+"1\n", 3)),
	"just in reach":   []byte(strings.Repeat(strings.Repeat("xy", 16_383)+"1\n", 3)),
	"out of reach":    []byte(strings.Repeat(strings.Repeat("x", 32_767)+"1\n", 3)),
	"a long line":     []byte("m{a=\"" + strings.Repeat("长", 5000) + "\"} 1\nm{a=\"" + strings.Repeat("长", 5000) + "\"} 2\n"),
	"an account's":    hourly(30),
	"rare bytes":      rareBytes(),
}

func TestLineDeflater(t *testing.T) {
	d := newLineDeflater() // one for all: nothing must remain of the text before
	for name, raw := range lineTexts {
		t.Run(name, func(t *testing.T) {
			if got := inflate(t, d.deflate(nil, raw)); !bytes.Equal(got, raw) {
				t.Errorf("inflates to %d bytes, want %d", len(got), len(raw))
			}
			if got := d.deflate([]byte("before"), raw); !bytes.HasPrefix(got, []byte("before")) {
				t.Errorf("what was in dst is gone")
			}
		})
	}
}

// The line deflater is there for its speed, which must not cost bytes.
func TestLinesAreNotLargerThanFlateMakesThem(t *testing.T) {
	for days, raw := range map[int][]byte{2: hourly(2), 30: hourly(30)} {
		got := len(newLineDeflater().deflate(nil, raw))
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.DefaultCompression)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(raw)
		w.Flush()
		if got > b.Len() {
			t.Errorf("%d days: %d bytes, flate makes %d", days, got, b.Len())
		}
		t.Logf("%d days: %d bytes, flate makes %d", days, got, b.Len())
	}
}

func FuzzLineDeflater(f *testing.F) {
	for _, raw := range lineTexts {
		if len(raw) < 10_000 {
			f.Add(raw)
		}
	}
	d := newLineDeflater()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := inflate(t, d.deflate(nil, raw)); !bytes.Equal(got, raw) {
			t.Errorf("inflates to %q, want %q", got, raw)
		}
	})
}
