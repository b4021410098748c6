package exposition

// CRC-32 checksums of two byte strings give the checksum of their concatenation
// without another look at the bytes: appending n bytes multiplies the first
// checksum, a polynomial over GF(2), by x^(8n) modulo the CRC polynomial. The
// functions below are that arithmetic, in the bit order of hash/crc32's IEEE
// table: the highest power of x is the lowest bit.

const (
	crcPoly = 0xedb88320 // x^32 is left out
	crcOne  = 1 << 31    // x^0
	crcByte = 1 << 23    // x^8
)

// crcMultiply returns the product of two polynomials modulo crcPoly. It has no
// branches: a page has tens of thousands of joints.
func crcMultiply(a, b uint32) uint32 {
	var p uint32
	for range 32 {
		p ^= b & -(a >> 31)
		a <<= 1
		b = b>>1 ^ crcPoly&-(b&1)
	}
	return p
}

// crcShift returns what a checksum is multiplied by when n bytes are appended.
func crcShift(n int) uint32 {
	p, square := uint32(crcOne), uint32(crcByte)
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			p = crcMultiply(square, p)
		}
		square = crcMultiply(square, square)
	}
	return p
}

// crcJoin returns the checksum of a followed by b, from the checksums of both
// and crcShift of b's length.
func crcJoin(a, b, shiftB uint32) uint32 {
	return crcMultiply(shiftB, a) ^ b
}
