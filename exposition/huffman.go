package exposition

import (
	"math/bits"
	"slices"
)

// code is a Huffman code, its first bit the lowest, as deflate packs it.
type code struct {
	bits uint16
	n    uint8 // 0: the symbol does not occur
}

// huffman makes the codes of an alphabet. It is for one goroutine.
type huffman struct {
	limit int      // longest code
	freq  []uint32 // how often every symbol occurs; the caller counts
	codes []code

	used           []uint64 // frequency, then symbol
	weight, parent []uint32 // of the tree's nodes, leaves first
}

func newHuffman(symbols, limit int) *huffman {
	return &huffman{
		limit: limit,
		freq:  make([]uint32, symbols),
		codes: make([]code, symbols),
	}
}

// build makes codes from freq. At least two symbols get one, because decoders
// differ about less.
func (h *huffman) build() {
	h.used = h.used[:0]
	for s, f := range h.freq {
		if f > 0 {
			h.used = append(h.used, uint64(f)<<16|uint64(s))
		}
	}
	for s := 0; len(h.used) < 2; s++ {
		if h.freq[s] == 0 {
			h.used = append(h.used, uint64(s))
		}
	}
	slices.Sort(h.used)
	h.assign(h.lengths())
}

// lengths returns how many symbols have a code of each length: the depths of
// Huffman's tree, evened out where they exceed the limit.
func (h *huffman) lengths() (count [16]int) {
	n := len(h.used)
	h.weight, h.parent = h.weight[:0], append(h.parent[:0], make([]uint32, 2*n-1)...)
	for _, u := range h.used {
		h.weight = append(h.weight, uint32(u>>16))
	}
	// Leaves, and nodes as they are made, are each in the order of weight.
	leaf, node := 0, n
	lightest := func() int {
		if leaf < n && (node == len(h.weight) || h.weight[leaf] <= h.weight[node]) {
			leaf++
			return leaf - 1
		}
		node++
		return node - 1
	}
	for len(h.weight) < 2*n-1 {
		a, b := lightest(), lightest()
		h.parent[a], h.parent[b] = uint32(len(h.weight)), uint32(len(h.weight))
		h.weight = append(h.weight, h.weight[a]+h.weight[b])
	}
	// Parents come after their children: from the root down, weight becomes depth.
	h.weight[2*n-2] = 0
	for i := 2*n - 3; i >= 0; i-- {
		h.weight[i] = h.weight[h.parent[i]] + 1
		if i < n {
			count[min(int(h.weight[i]), h.limit)]++
		}
	}
	// Codes cut to the limit take too much of the code space: lengthen others.
	space := 0
	for l := 1; l <= h.limit; l++ {
		space += count[l] << (h.limit - l)
	}
	for ; space > 1<<h.limit; space-- {
		l := h.limit - 1
		for count[l] == 0 {
			l--
		}
		count[h.limit]--
		count[l]--
		count[l+1] += 2
	}
	return count
}

// assign gives the rarest symbols the longest codes, and codes of a length in
// the order of their symbols (RFC 1951, 3.2.2).
func (h *huffman) assign(count [16]int) {
	clear(h.codes)
	next := 0
	for l := h.limit; l > 0; l-- {
		for range count[l] {
			h.codes[h.used[next]&0xffff].n = uint8(l)
			next++
		}
	}
	var first [16]uint16
	for l := 1; l < h.limit; l++ {
		first[l+1] = (first[l] + uint16(count[l])) << 1
	}
	for s := range h.codes {
		if c := &h.codes[s]; c.n > 0 {
			c.bits = bits.Reverse16(first[c.n]) >> (16 - c.n)
			first[c.n]++
		}
	}
}

// size returns one more than the last symbol that has a code.
func (h *huffman) size() int {
	n := len(h.codes)
	for h.codes[n-1].n == 0 {
		n--
	}
	return n
}
