package store

import (
	"bytes"
	"encoding/binary"
	"io"
)

// This file reads the pages of a bbolt file without bbolt, which trusts every
// number in the file it maps: a damaged page sends it outside the mapping, or
// into an endless recursion that no recover stops. So nothing is handed to
// bbolt before every page, element and key that it will follow has been checked
// here, through plain reads. (bbolt's own Tx.Check follows the same numbers.)
//
// Numbers are in the byte order of the machine. A page begins with
// id u64, flags u16, count u16, overflow u32; then count elements of 16 bytes
//
//	branch: position u32, key size u32, page u64
//	leaf:   flags u32, position u32, key size u32, value size u32
//
// with positions relative to their element. The value of a leaf element with
// flag 1 is a bucket: root page u64, sequence u64, and, when the root is 0, a
// leaf page of its own ("inline").

const (
	bboltMagic   = 0xED0CDAED
	bboltVersion = 2

	pageHeaderSize   = 16
	elementSize      = 16
	bucketHeaderSize = 16
	metaSize         = 64

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	bucketFlag   = 0x01

	minPageSize = 1 << 10
	maxPageSize = 16 << 20
	maxDepth    = 64 // of pages in each other; a real file has about ten
)

var order = binary.NativeEndian

// bucket is where the elements of a bucket lie.
type bucket struct {
	root     uint64
	sequence uint64
	inline   []byte // the bucket's only page when root is 0
	depth    int
}

// visitor is called for each element of a bucket, in order. sub is nil unless
// the element is a bucket. Nothing may be kept without a copy.
type visitor func(key, value []byte, sub *bucket) error

// pages checks what it reads. It follows each page at most once.
type pages struct {
	r       io.ReaderAt
	head    head
	seen    []uint64 // bit set by page number
	buffers [maxDepth][]byte
}

func newPages(r io.ReaderAt, h head) *pages {
	return &pages{r: r, head: h, seen: make([]uint64, h.pages/64+1)}
}

func (p *pages) root() bucket { return bucket{root: p.head.root} }

// claim marks pages as in use, once.
func (p *pages) claim(id, n uint64) error {
	if id < 2 || id >= p.head.pages || n > p.head.pages-id {
		return damagedf("page %d is outside the file", id)
	}
	for i := id; i < id+n; i++ {
		if p.seen[i/64]&(1<<(i%64)) != 0 {
			return damagedf("page %d is used twice", i)
		}
		p.seen[i/64] |= 1 << (i % 64)
	}
	return nil
}

// read returns page id with its overflow pages, valid until the next read at
// the same depth.
func (p *pages) read(id uint64, depth int) ([]byte, error) {
	if depth >= maxDepth {
		return nil, damagedf("page %d lies too deep", id)
	}
	if err := p.claim(id, 1); err != nil {
		return nil, err
	}
	at := int64(id) * p.head.pageSize
	buf := grown(p.buffers[depth], p.head.pageSize)
	if _, err := p.r.ReadAt(buf, at); err != nil {
		return nil, err
	}
	if got := order.Uint64(buf); got != id {
		return nil, damagedf("page %d says that it is %d", id, got)
	}
	if more := uint64(order.Uint32(buf[12:])); more > 0 {
		if err := p.claim(id+1, more); err != nil {
			return nil, err
		}
		buf = grown(buf, int64(more+1)*p.head.pageSize)
		if _, err := p.r.ReadAt(buf, at); err != nil {
			return nil, err
		}
	}
	p.buffers[depth] = buf
	return buf, nil
}

func grown(b []byte, n int64) []byte {
	if int64(cap(b)) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// freelist claims the free pages and the page that lists them, so that a page
// that is free and in use is found out.
func (p *pages) freelist() error {
	if p.head.freelist == 1<<64-1 { // not kept in the file
		return nil
	}
	page, err := p.read(p.head.freelist, 0)
	if err != nil {
		return err
	}
	if flags := order.Uint16(page[8:]); flags != freelistPage {
		return damagedf("page %d is no list of free pages", p.head.freelist)
	}
	ids, n := page[pageHeaderSize:], uint64(order.Uint16(page[10:]))
	if n == 0xFFFF { // more than fit: the first number is the count
		n, ids = order.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return damagedf("the list of free pages is longer than its page")
	}
	for ; n > 0; n-- {
		if err := p.claim(order.Uint64(ids), 1); err != nil {
			return err
		}
		ids = ids[8:]
	}
	return nil
}

// walk checks all pages of a bucket and calls visit for its elements.
func (p *pages) walk(b bucket, visit visitor) error {
	if b.root != 0 {
		return p.node(b.root, b.depth, nil, nil, visit)
	}
	if len(b.inline) < pageHeaderSize || order.Uint16(b.inline[8:]) != leafPage {
		return damagedf("a bucket has no page")
	}
	return p.leaf(b.inline, b.depth, nil, nil, visit)
}

// node checks the page id and what hangs on it. Its keys must lie in [low, high);
// nil is no limit.
func (p *pages) node(id uint64, depth int, low, high []byte, visit visitor) error {
	page, err := p.read(id, depth)
	if err != nil {
		return err
	}
	switch flags := order.Uint16(page[8:]); flags {
	case leafPage:
		return p.leaf(page, depth, low, high, visit)
	case branchPage:
		return p.branch(page, depth, low, high, visit)
	default:
		return damagedf("page %d is of no known kind (%#x)", id, flags)
	}
}

func (p *pages) branch(page []byte, depth int, low, high []byte, visit visitor) error {
	n := int(order.Uint16(page[10:]))
	if n == 0 {
		return damagedf("a branch page is empty")
	}
	key, err := element(page, 0, n, 0, low, high)
	if err != nil {
		return err
	}
	for i := range n {
		child := order.Uint64(page[pageHeaderSize+i*elementSize+8:])
		var next []byte
		end := high
		if i+1 < n {
			if next, err = element(page, i+1, n, 0, key, high); err != nil {
				return err
			}
			if bytes.Equal(next, key) {
				return damagedf("a key stands twice")
			}
			end = next
		}
		if err := p.node(child, depth+1, key, end, visit); err != nil {
			return err
		}
		key = next
	}
	return nil
}

func (p *pages) leaf(page []byte, depth int, low, high []byte, visit visitor) error {
	n := int(order.Uint16(page[10:]))
	var last []byte
	for i := range n {
		key, err := element(page, i, n, 4, low, high)
		if err != nil {
			return err
		}
		if i > 0 && bytes.Equal(key, last) {
			return damagedf("a key stands twice")
		}
		head := page[pageHeaderSize+i*elementSize:]
		value := head[order.Uint32(head[4:])+order.Uint32(head[8:]):][:order.Uint32(head[12:])]
		low, last = key, key
		var sub *bucket
		switch flags := order.Uint32(head); {
		case flags == bucketFlag && len(value) < bucketHeaderSize:
			return damagedf("a bucket has no header")
		case flags == bucketFlag:
			sub = &bucket{root: order.Uint64(value), sequence: order.Uint64(value[8:]), inline: value[bucketHeaderSize:], depth: depth + 1}
		case flags != 0:
			return damagedf("an element has unknown flags (%#x)", flags)
		}
		if err := visit(key, value, sub); err != nil {
			return err
		}
	}
	return nil
}

// element returns the key of element i of n, after a check that key and value
// lie inside the page, behind the elements, and that the key is in [low, high).
// A leaf's element (at = 4) has flags before and a value size behind the two
// numbers that a branch's (at = 0) begins with.
func element(page []byte, i, n, at int, low, high []byte) ([]byte, error) {
	start := pageHeaderSize + i*elementSize
	if pageHeaderSize+n*elementSize > len(page) {
		return nil, damagedf("a page has more elements than room")
	}
	head := page[start:]
	pos, size := uint64(order.Uint32(head[at:])), uint64(order.Uint32(head[at+4:]))
	end := pos + size
	if at > 0 {
		end += uint64(order.Uint32(head[12:]))
	}
	if size == 0 || pos < uint64((n-i)*elementSize) || end > uint64(len(head)) {
		return nil, damagedf("an element lies outside its page")
	}
	key := head[pos : pos+size]
	if low != nil && bytes.Compare(key, low) < 0 || high != nil && bytes.Compare(key, high) >= 0 {
		return nil, damagedf("keys are out of order")
	}
	return key, nil
}
