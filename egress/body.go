package egress

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// TooLargeError is an answer of more bytes than are accepted.
type TooLargeError struct {
	Max int64 // bytes
}

// Error names the bound.
func (e *TooLargeError) Error() string {
	if e.Max < 1<<20 {
		return fmt.Sprintf("the answer is larger than %d kB", e.Max>>10)
	}
	return fmt.Sprintf("the answer is larger than %d MiB", e.Max>>20)
}

// ErrPacking is an answer that cannot be unpacked.
var ErrPacking = errors.New("the answer is not the gzip that its header promises")

// AcceptGzip asks for an answer that Body unpacks.
func AcceptGzip(req *http.Request) { req.Header.Set("Accept-Encoding", "gzip") }

// Body returns the body of an answer, unpacked. Reading it fails with a
// *TooLargeError after limit bytes, packed or unpacked, and when ctx ends. The caller
// closes the answer's own body.
func Body(ctx context.Context, answer *http.Response, limit int64) io.Reader {
	packed := &bounded{ctx: ctx, from: answer.Body, left: limit, limit: limit}
	switch strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		return &bounded{ctx: ctx, from: &unpacked{from: packed}, left: limit, limit: limit}
	}
	return packed
}

// Cut makes the body of an answer end after limit bytes. It is for answers of which
// only the first words matter.
func Cut(answer *http.Response, limit int64) {
	answer.Body = cut{io.LimitReader(answer.Body, limit), answer.Body}
}

type cut struct {
	io.Reader
	io.Closer
}

// bounded reads limit bytes and fails if there are more.
type bounded struct {
	ctx         context.Context
	from        io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), &TooLargeError{b.limit}
	}
	b.left -= int64(n)
	return n, err
}

// unpacked unpacks gzip. Its header is read with the first bytes, not before.
type unpacked struct {
	from io.Reader
	zip  *gzip.Reader
}

func (u *unpacked) Read(p []byte) (n int, err error) {
	if u.zip == nil {
		var zip *gzip.Reader
		if zip, err = gzip.NewReader(u.from); err == nil {
			u.zip = zip
		}
	}
	if err == nil {
		n, err = u.zip.Read(p)
	}
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		err = ErrPacking
	}
	return n, err
}
