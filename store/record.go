package store

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Record is what the store keeps of one day of an API.
type Record struct {
	Fetched time.Time // when the source was asked, to the second
	Open    bool      // the source may still change it: no rows yet, or said to be delayed
	Rows    []byte    // JSON array of the day's rows as the source sent them; "[]" when none
}

// Day is a Record and its key.
type Day struct {
	Date string // YYYY-MM-DD
	Record
}

// maxDecoded bounds the memory that a damaged record can ask for. A day's rows
// come from one answer, which is far smaller.
const maxDecoded = 256 << 20

var errRecord = errors.New("damaged record")

// place is where a record lies: the days of an API, or an account's notes when
// api is empty.
type place struct{ account, api string }

// header is the first line of a record. The rows follow it.
type header struct {
	Fetched string `json:"fetched"` // RFC 3339, UTC
	Open    bool   `json:"open,omitempty"`
	Sum     string `json:"sum"`
}

// codec turns records into values and back. It is safe for concurrent use.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (*codec, error) {
	// The records' own sum makes the frame's checksum superfluous.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxDecoded), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return &codec{enc, dec}, nil
}

// encode returns the value of a record: header line and rows, in a zstd frame
// when that is smaller.
func (c *codec) encode(p place, name string, r Record) ([]byte, error) {
	h := header{Fetched: r.Fetched.UTC().Format(time.RFC3339), Open: r.Open}
	h.Sum = sum(p, name, h, r.Rows)
	plain, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	plain = append(append(plain, '\n'), r.Rows...)
	if frame := c.enc.EncodeAll(plain, nil); len(frame) < len(plain) {
		return frame, nil
	}
	return plain, nil
}

// decode is the reverse of encode. The record shares value's memory only when
// value is plain. A value that was damaged, or written for another place or
// name, is an error.
func (c *codec) decode(p place, name string, value []byte) (Record, error) {
	if !bytes.HasPrefix(value, []byte("{")) {
		plain, err := c.dec.DecodeAll(value, nil)
		if err != nil {
			return Record{}, fmt.Errorf("%w: %w", errRecord, err)
		}
		value = plain
	}
	line, rows, ok := bytes.Cut(value, []byte("\n"))
	if !ok {
		return Record{}, fmt.Errorf("%w: no header line", errRecord)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return Record{}, fmt.Errorf("%w: header: %w", errRecord, err)
	}
	if h.Sum != sum(p, name, h, rows) {
		return Record{}, fmt.Errorf("%w: checksum does not match", errRecord)
	}
	fetched, err := time.Parse(time.RFC3339, h.Fetched)
	if err != nil {
		return Record{}, fmt.Errorf("%w: header: %w", errRecord, err)
	}
	return Record{Fetched: fetched, Open: h.Open, Rows: rows}, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is the CRC-32C, in hex, of everything that makes a record what it is. The
// key and the names of the buckets are part of it, because the file format has
// no checksum of its own that would notice a record under a wrong name.
func sum(p place, name string, h header, rows []byte) string {
	b := make([]byte, 0, 128)
	for _, s := range [...]string{p.account, p.api, name, h.Fetched, strconv.FormatBool(h.Open)} {
		b = append(append(b, s...), '\n')
	}
	crc := crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, rows)
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, crc))
}
