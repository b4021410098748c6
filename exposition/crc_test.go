package exposition

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

func TestCRCJoin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 100_000)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	want := crc32.ChecksumIEEE(b)
	for _, n := range []int{0, 1, 2, 7, 8, 9, 255, 256, 65535, 65536, len(b) - 1, len(b)} {
		got := crcJoin(crc32.ChecksumIEEE(b[:n]), crc32.ChecksumIEEE(b[n:]), crcShift(len(b)-n))
		if got != want {
			t.Errorf("split at %d: %08x, want %08x", n, got, want)
		}
	}
}

func TestCRCShiftAdds(t *testing.T) {
	for _, n := range [][2]int{{0, 0}, {0, 5}, {1, 1}, {1000, 24}, {1 << 20, 1<<31 - 1}, {1 << 40, 1 << 41}} {
		if got, want := crcMultiply(crcShift(n[0]), crcShift(n[1])), crcShift(n[0]+n[1]); got != want {
			t.Errorf("shift %d then %d: %08x, want %08x", n[0], n[1], got, want)
		}
	}
}
