package exposition

import "encoding/binary"

// gzipHeader says deflate, no name, no time, unknown system (RFC 1952).
const gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// lastBlock is an empty deflate block that says that it is the last one.
const lastBlock = "\x03\x00"

// chunk is a deflated piece of a page. It begins and ends on a byte boundary
// and refers to no bytes before it, so that chunks in any order and number,
// behind a header and before an end, are one valid gzip member.
type chunk struct {
	z     []byte // deflate blocks, none of them the last one
	raw   int    // bytes that z inflates to
	crc   uint32 // IEEE CRC-32 of those bytes
	shift uint32 // crcShift(raw)
}

// member is a gzip member in the making, or the part of one that follows on
// another's bytes: then raw and crc are those of what comes before.
type member struct {
	b   []byte
	raw int
	crc uint32
}

func (m *member) add(c chunk) {
	m.b = append(m.b, c.z...)
	m.raw += c.raw
	m.crc = crcJoin(m.crc, c.crc, c.shift)
}

func (m *member) end() {
	m.b = append(m.b, lastBlock...)
	m.b = binary.LittleEndian.AppendUint32(m.b, m.crc)
	m.b = binary.LittleEndian.AppendUint32(m.b, uint32(m.raw))
}
