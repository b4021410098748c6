package exposition

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// lineDeflater deflates the lines of a metric. It knows what a general
// compressor has to search for: a line is the one before it but for a few label
// values and the number, so whatever repeats stands at the same place of the line
// before. That takes a fifth of the time of flate's level 6, which would be the
// largest part of what a change costs after the gathering, and fewer bytes.
//
// It is for one goroutine.
type lineDeflater struct {
	tokens   []token
	literals *huffman // bytes, the end of the block, and lengths of matches
	distances,
	lengths *huffman // of the codes of the other two
	runs []run

	out   []byte
	acc   uint64 // bits that are not yet in out
	nbits uint
}

// token is a literal byte, or a match: matchFlag, its length less minMatch, and
// its distance less 1 in the lower 16 bits.
type token uint32

const matchFlag = 1 << 31

// Limits of deflate. Its longest match, 258, has a code of its own: not worth it.
const (
	minMatch    = 3
	maxMatch    = 257
	maxDistance = 32768
	endOfBlock  = 256
)

// run is a code length, or a repetition of one, in the description of codes.
type run struct {
	symbol uint8
	extra  uint8
	bits   uint8 // of extra
}

func newLineDeflater() *lineDeflater {
	return &lineDeflater{
		literals:  newHuffman(286, 15),
		distances: newHuffman(30, 15),
		lengths:   newHuffman(19, 7),
	}
}

// deflate appends to dst what raw deflates to: a block that is not the last,
// and an empty one that ends on a byte boundary.
func (d *lineDeflater) deflate(dst, raw []byte) []byte {
	d.parse(raw)
	d.out, d.acc, d.nbits = dst, 0, 0
	d.write()
	d.flush()
	dst, d.out = d.out, nil
	return dst
}

// parse makes tokens of raw and counts their codes.
func (d *lineDeflater) parse(raw []byte) {
	tokens, literals, distances := d.tokens[:0], d.literals.freq, d.distances.freq
	clear(literals)
	clear(distances)
	literals[endOfBlock] = 1

	i := bytes.IndexByte(raw, '\n') + 1
	if i == 0 {
		i = len(raw)
	}
	for _, c := range raw[:i] {
		tokens = append(tokens, token(c))
		literals[c]++
	}
	// like is where, in the line before, stands what corresponds to raw[i].
	for like := 0; i < len(raw); {
		c, l := raw[i], raw[like]
		if c == l {
			if n := matchLength(raw, like, i); n >= minMatch {
				length, distance := uint32(n-minMatch), uint32(i-like-1)
				tokens = append(tokens, token(matchFlag|length<<16|distance))
				symbol, _ := lengthCode(length)
				literals[symbol]++
				symbol, _ = distanceCode(distance)
				distances[symbol]++
				like += n
				i += n
				continue
			}
		}
		switch {
		case c == l, c != '\n' && c != '"' && l != '\n' && l != '"':
			like++
		case l == '\n', l == '"' && c != '\n':
			// The line before, or its value, is at its end.
		default:
			// This line, or its value, is at its end.
			like++
			continue
		}
		tokens = append(tokens, token(c))
		literals[c]++
		i++
	}
	d.tokens = tokens
}

// matchLength returns how many bytes from i on repeat those from like on.
func matchLength(raw []byte, like, i int) int {
	if i-like > maxDistance {
		return 0
	}
	a, b := raw[like:], raw[i:]
	b = b[:min(len(b), maxMatch)]
	n := 0
	for ; n+8 <= len(b); n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)>>3
		}
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// lengthCode returns the symbol for a match's length, less minMatch, and how
// many of its lower bits follow the symbol (RFC 1951, 3.2.5).
func lengthCode(l uint32) (symbol, extra uint32) {
	if l < 8 {
		return 257 + l, 0
	}
	extra = uint32(bits.Len32(l)) - 3
	return 257 + extra<<2 + l>>extra, extra
}

// distanceCode returns the same for a distance less 1.
func distanceCode(d uint32) (symbol, extra uint32) {
	if d < 4 {
		return d, 0
	}
	extra = uint32(bits.Len32(d)) - 2
	return extra<<1 + d>>extra, extra
}

// write writes the tokens as a block with codes of its own.
func (d *lineDeflater) write() {
	d.literals.build()
	d.distances.build()
	d.writeCodes()
	out, acc, n := d.out, d.acc, d.nbits // where the loop has them at hand
	literals, distances := d.literals.codes, d.distances.codes
	for _, t := range d.tokens {
		if n >= 16 { // a match may need 48
			out = binary.LittleEndian.AppendUint64(out, acc)[:len(out)+int(n>>3)]
			acc >>= n &^ 7
			n &= 7
		}
		if t&matchFlag == 0 {
			c := literals[t]
			acc |= uint64(c.bits) << n
			n += uint(c.n)
			continue
		}
		length, distance := uint32(t&^matchFlag)>>16, uint32(t)&0xffff
		symbol, extra := lengthCode(length)
		c := literals[symbol]
		acc |= (uint64(c.bits) | uint64(length&(1<<extra-1))<<c.n) << n
		n += uint(c.n) + uint(extra)
		symbol, extra = distanceCode(distance)
		c = distances[symbol]
		acc |= (uint64(c.bits) | uint64(distance&(1<<extra-1))<<c.n) << n
		n += uint(c.n) + uint(extra)
	}
	d.out, d.acc, d.nbits = out, acc, n
	d.spill()
	d.writeCode(d.literals.codes[endOfBlock])
}

// writeCodes writes the head of a block: the lengths of its codes, run-length
// encoded, in codes of their own (RFC 1951, 3.2.7).
func (d *lineDeflater) writeCodes() {
	literals, distances := d.literals.size(), d.distances.size()
	d.runs = appendRuns(d.runs[:0], d.literals.codes[:literals])
	d.runs = appendRuns(d.runs, d.distances.codes[:distances])
	clear(d.lengths.freq)
	for _, r := range d.runs {
		d.lengths.freq[r.symbol]++
	}
	d.lengths.build()

	const order = "\x10\x11\x12\x00\x08\x07\x09\x06\x0a\x05\x0b\x04\x0c\x03\x0d\x02\x0e\x01\x0f"
	n := len(order)
	for d.lengths.codes[order[n-1]].n == 0 {
		n--
	}
	d.writeBits(0b100, 3) // not the last block; codes of its own
	d.writeBits(uint64(literals-257), 5)
	d.writeBits(uint64(distances-1), 5)
	d.writeBits(uint64(n-4), 4)
	for i := range n {
		d.writeBits(uint64(d.lengths.codes[order[i]].n), 3)
	}
	for _, r := range d.runs {
		d.writeCode(d.lengths.codes[r.symbol])
		d.writeBits(uint64(r.extra), uint(r.bits))
	}
}

// appendRuns encodes the lengths of codes: 16 repeats the one before 3 to 6
// times, 17 and 18 are 3 to 10 and 11 to 138 zeros.
func appendRuns(dst []run, codes []code) []run {
	for i := 0; i < len(codes); {
		length, n := codes[i].n, 1
		for i+n < len(codes) && codes[i+n].n == length {
			n++
		}
		i += n
		if length != 0 {
			dst = append(dst, run{symbol: length})
			n--
		}
		for n >= 3 {
			r, k := run{16, uint8(min(n, 6) - 3), 2}, min(n, 6)
			switch {
			case length == 0 && n < 11:
				r, k = run{17, uint8(n - 3), 3}, n
			case length == 0:
				k = min(n, 138)
				r = run{18, uint8(k - 11), 7}
			}
			dst = append(dst, r)
			n -= k
		}
		for range n {
			dst = append(dst, run{symbol: length})
		}
	}
	return dst
}

func (d *lineDeflater) writeCode(c code) { d.writeBits(uint64(c.bits), uint(c.n)) }

// writeBits writes the lower n bits of v, at most 16.
func (d *lineDeflater) writeBits(v uint64, n uint) {
	d.acc |= v << d.nbits
	d.nbits += n
	if d.nbits >= 48 {
		d.spill()
	}
}

// spill moves whole bytes to out.
func (d *lineDeflater) spill() {
	n := d.nbits >> 3
	d.out = binary.LittleEndian.AppendUint64(d.out, d.acc)[:len(d.out)+int(n)]
	d.acc >>= 8 * n
	d.nbits -= 8 * n
}

// flush writes an empty block without compression, which begins behind a byte
// boundary and ends on one.
func (d *lineDeflater) flush() {
	d.writeBits(0, 3)
	d.nbits = (d.nbits + 7) &^ 7
	d.spill()
	d.out = append(d.out, 0, 0, 0xff, 0xff)
}
