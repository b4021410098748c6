package exposition

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Any chunks in any order are one gzip member: its checksum is right although
// nobody has read the bytes. So is a member that follows on another one's bytes.
func TestAnyChunksAreOneMember(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	e := newEncoder()
	var chunks []chunk
	var texts []string
	for i := range 40 {
		var b strings.Builder
		for j := range rnd.IntN(200) {
			fmt.Fprintf(&b, "wx_m%d{account=\"a\",hour=\"%02d\"} %d\n", i, j%24, rnd.IntN(1000))
		}
		chunks, texts = append(chunks, e.chunk([]byte(b.String()))), append(texts, b.String())
	}
	for range 200 {
		first := member{b: []byte(gzipHeader)}
		var want strings.Builder
		add := func(m *member) {
			for range rnd.IntN(10) {
				i := rnd.IntN(len(chunks))
				m.add(chunks[i])
				want.WriteString(texts[i])
			}
		}
		add(&first)
		last := member{raw: first.raw, crc: first.crc}
		add(&last)
		last.end()
		if got := gunzip(t, append(first.b, last.b...)); got != want.String() {
			t.Fatalf("inflates to %q, want %q", got, want.String())
		}
		if last.raw != want.Len() {
			t.Fatalf("%d bytes, want %d", last.raw, want.Len())
		}
	}
}
