package store

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

var (
	errDamaged = errors.New("the file is damaged")
	errForeign = errors.New("not a store of wx_exporter; it is left untouched: move it away, or use another directory")
	errNewer   = errors.New("written by a newer wx_exporter; it is left untouched: update, or use another directory")
)

func damagedf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errDamaged, fmt.Sprintf(format, args...))
}

// head is what the newer of the two meta pages says.
type head struct {
	pageSize int64
	root     uint64 // page of the root bucket
	freelist uint64
	pages    uint64 // pages of this number and above are not in use
	txid     uint64
}

// metaState is what is left of a meta page.
type metaState int

const (
	metaNone   metaState = iota // nobody meant it as one
	metaBroken                  // bbolt's magic number, but the checksum is wrong
	metaNewer                   // intact, of a later version of bbolt
	metaIntact
	metaSenseless // intact, but bbolt would fail with it
)

// parseMeta reads the meta page at the start of b.
func parseMeta(b []byte) (head, metaState) {
	if len(b) < pageHeaderSize+4 || order.Uint32(b[pageHeaderSize:]) != bboltMagic {
		return head{}, metaNone
	}
	if len(b) < pageHeaderSize+metaSize {
		return head{}, metaBroken
	}
	m := b[pageHeaderSize:]
	sum := fnv.New64a()
	_, _ = sum.Write(m[:56]) // never fails
	if sum.Sum64() != order.Uint64(m[56:]) {
		return head{}, metaBroken
	}
	switch version := order.Uint32(m[4:]); {
	case version > bboltVersion:
		return head{}, metaNewer
	case version < bboltVersion:
		return head{}, metaBroken
	}
	h := head{
		pageSize: int64(order.Uint32(m[8:])),
		root:     order.Uint64(m[16:]),
		freelist: order.Uint64(m[32:]),
		pages:    order.Uint64(m[40:]),
		txid:     order.Uint64(m[48:]),
	}
	if h.pageSize < minPageSize || h.pageSize > maxPageSize || h.pageSize&(h.pageSize-1) != 0 {
		return head{}, metaSenseless
	}
	return h, metaIntact
}

// readHead finds the meta page that bbolt would go by: the intact one with the
// higher transaction number. Without one it tells a damaged file from a file
// that is somebody else's. Ours has bbolt's magic number left somewhere, or
// begins with nothing but zeros (as files do that lost their blocks in a power
// failure), or is too short to have either.
func readHead(r io.ReaderAt, size int64) (head, error) {
	start := make([]byte, 4096)
	n, err := r.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return head{}, err
	}
	start = start[:n]
	best, state := parseMeta(start)
	// The second meta page lies one page on. How large a page is, only the
	// meta pages tell.
	for at := int64(minPageSize); at <= maxPageSize; at <<= 1 {
		if state == metaIntact && at != best.pageSize {
			continue
		}
		b := make([]byte, pageHeaderSize+metaSize)
		if _, err := r.ReadAt(b, at); err != nil && err != io.EOF {
			return head{}, err
		}
		h, s := parseMeta(b)
		if s == metaIntact && (h.pageSize != at || state == metaIntact && h.txid < best.txid) {
			continue
		}
		if s >= state {
			best, state = h, s
		}
	}
	switch {
	case state == metaSenseless:
		return head{}, damagedf("a meta page has an impossible page size")
	case state == metaIntact && best.pages > uint64(size/best.pageSize):
		return head{}, damagedf("it is cut off, %d bytes of %d are left", size, int64(best.pages)*best.pageSize)
	case state == metaIntact:
		return best, nil
	case state == metaNewer:
		return head{}, fmt.Errorf("%w (it is in a later format of bbolt)", errNewer)
	case state == metaBroken:
		return head{}, damagedf("no meta page is intact")
	case len(bytes.Trim(start, "\x00")) == 0:
		return head{}, damagedf("it begins with zeros")
	case n < pageHeaderSize+4 && bytes.HasPrefix(firstBytes(), start):
		return head{}, damagedf("only %d bytes are left", n)
	}
	return head{}, errForeign
}

// firstBytes is how every bbolt file begins: the header of page 0 and the magic
// number.
func firstBytes() []byte {
	b := make([]byte, pageHeaderSize+4)
	order.PutUint16(b[8:], 0x04)
	order.PutUint32(b[pageHeaderSize:], bboltMagic)
	return b
}
