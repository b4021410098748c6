package exposition

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Any chunks in any order are one gzip member: its checksum is right although
// nobody has read the bytes.
func TestAnyChunksAreOneMember(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	lines := newLineDeflater()
	var chunks []chunk
	var texts []string
	for i := range 40 {
		var b strings.Builder
		for j := range rnd.IntN(200) {
			fmt.Fprintf(&b, "wx_m%d{account=\"a\",hour=\"%02d\"} %d\n", i, j%24, rnd.IntN(1000))
		}
		raw := []byte(b.String())
		z := deflateText(nil, raw)
		if i%2 == 0 && len(raw) > 0 {
			z = lines.deflate(nil, raw)
		}
		chunks, texts = append(chunks, newChunk(raw, z)), append(texts, b.String())
	}
	for range 200 {
		var m member
		var want strings.Builder
		m.begin()
		for range rnd.IntN(20) {
			i := rnd.IntN(len(chunks))
			m.add(&chunks[i])
			want.WriteString(texts[i])
		}
		m.end()
		if got := gunzip(t, m.b); got != want.String() {
			t.Fatalf("inflates to %q, want %q", got, want.String())
		}
		if m.raw != want.Len() {
			t.Fatalf("%d bytes, want %d", m.raw, want.Len())
		}
	}
}

// A page may be in two parts, the second of which is made later.
func TestMemberContinues(t *testing.T) {
	a, b := newChunk([]byte("one\n"), deflateText(nil, []byte("one\n"))), newChunk([]byte("two\n"), deflateText(nil, []byte("two\n")))
	var first member
	first.begin()
	first.add(&a)
	last := member{raw: first.raw, crc: first.crc}
	last.add(&b)
	last.end()
	if got := gunzip(t, append(first.b, last.b...)); got != "one\ntwo\n" {
		t.Errorf("inflates to %q", got)
	}
}
