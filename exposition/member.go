package exposition

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/klauspost/compress/flate"
)

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

// newChunk returns the chunk of raw, which deflates to z.
func newChunk(raw, z []byte) chunk {
	return chunk{z: z, raw: len(raw), crc: crc32.ChecksumIEEE(raw), shift: crcShift(len(raw))}
}

// deflateText appends to dst what raw, any text, deflates to.
func deflateText(dst, raw []byte) []byte {
	out := bytes.NewBuffer(dst)
	// It fails only where out does.
	_ = flate.StatelessDeflate(out, raw, false, nil)
	return out.Bytes()
}

// member is a gzip member in the making. Without begin it continues another
// one: then raw and crc are those of what comes before.
type member struct {
	b   []byte
	raw int
	crc uint32
}

func (m *member) begin() { m.b = append(m.b, gzipHeader...) }

func (m *member) add(c *chunk) {
	m.b = append(m.b, c.z...)
	m.raw += c.raw
	m.crc = crcJoin(m.crc, c.crc, c.shift)
}

func (m *member) end() {
	m.b = append(m.b, lastBlock...)
	m.b = binary.LittleEndian.AppendUint32(m.b, m.crc)
	m.b = binary.LittleEndian.AppendUint32(m.b, uint32(m.raw))
}

// memberSize is what begin and end add to the chunks.
const memberSize = len(gzipHeader) + len(lastBlock) + 8
