package exposition

import (
	"bufio"
	"io"
	"strconv"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// body is a response's body. It does not change.
type body struct {
	parts   [2][]byte // together a gzip member
	raw     int       // bytes that it inflates to
	lengths map[encoding][]string
}

// newBody returns the body of a member that has begun in first, or if that is
// nil, in last.
func newBody(first []byte, last member) body {
	if first == nil {
		return body{parts: [2][]byte{last.b}, raw: last.raw}
	}
	return body{parts: [2][]byte{first, last.b}, raw: last.raw}
}

// kept returns the body with what would be made again for every scrape.
func (b body) kept() *body {
	b.lengths = map[encoding][]string{encGzip: b.length(encGzip), encIdentity: b.length(encIdentity)}
	return &b
}

// length returns the values of Content-Length, nil where it is not known.
func (b *body) length(e encoding) []string {
	switch {
	case b.lengths != nil:
		return b.lengths[e]
	case e == encGzip:
		return []string{strconv.Itoa(len(b.parts[0]) + len(b.parts[1]))}
	case e == encIdentity:
		return []string{strconv.Itoa(b.raw)}
	default:
		return nil
	}
}

// writeTo writes the body to w in an encoding.
func (b *body) writeTo(w io.Writer, e encoding, t *transcoders) error {
	switch e {
	case encGzip:
		for _, p := range b.parts {
			if _, err := w.Write(p); err != nil {
				return err
			}
		}
		return nil
	case encZstd:
		return t.toZstd(w, b)
	default:
		return t.inflate(w, b)
	}
}

// transcoders are decompressors and compressors for the encodings that no body
// lies ready in.
type transcoders struct {
	inflaters, encoders sync.Pool
}

// inflater reads what a body inflates to.
type inflater struct {
	rest  [2][]byte
	in    *bufio.Reader
	flate io.ReadCloser
	buf   []byte
}

func newInflater() *inflater {
	i := &inflater{buf: make([]byte, 64<<10)}
	i.in = bufio.NewReader(i)
	i.flate = flate.NewReader(i.in)
	return i
}

// Read returns the compressed bytes.
func (i *inflater) Read(p []byte) (int, error) {
	for n := range i.rest {
		if len(i.rest[n]) > 0 {
			done := copy(p, i.rest[n])
			i.rest[n] = i.rest[n][done:]
			return done, nil
		}
	}
	return 0, io.EOF
}

func (t *transcoders) inflate(w io.Writer, b *body) error {
	i, _ := t.inflaters.Get().(*inflater)
	if i == nil {
		i = newInflater()
	}
	defer func() {
		i.rest = [2][]byte{}
		t.inflaters.Put(i)
	}()
	i.rest = b.parts
	i.rest[0] = i.rest[0][len(gzipHeader):]
	i.in.Reset(i)
	if err := i.flate.(flate.Resetter).Reset(i.in, nil); err != nil {
		return err
	}
	// The last block ends the stream: what is behind it is not read.
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{i.flate}, i.buf)
	return err
}

func (t *transcoders) toZstd(w io.Writer, b *body) error {
	e, _ := t.encoders.Get().(*zstd.Encoder)
	if e == nil {
		var err error
		e, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return err
		}
	}
	e.Reset(w)
	defer func() {
		e.Reset(nil)
		t.encoders.Put(e)
	}()
	if err := t.inflate(e, b); err != nil {
		return err
	}
	return e.Close()
}
