package exposition

import "bytes"

// page is the whole of /metrics in a format.
type page struct {
	own     *ownPage
	body    *body
	clashes bool // it must not be served
}

// smallPage is how many bytes are copied rather than written on their own.
const smallPage = 512 << 10

// page returns the page of s and o, which is put together once for every o.
func (c *Cache) page(s *snapshot, o *ownPage, f format) *page {
	if p := s.pages[f].Load(); p != nil && p.own == o {
		return p
	}
	first, last := s.page.b, member{raw: s.page.raw, crc: s.page.crc}
	size := len(s.rest[f].z) + len(o.chunk.z) + len(c.eof.z) + memberSize
	if len(first) < smallPage {
		last.b = append(make([]byte, 0, len(first)+size), first...)
		first = nil
	} else {
		last.b = make([]byte, 0, size)
	}
	last.add(&s.rest[f])
	last.add(&o.chunk)
	c.end(&last, f)
	p := &page{own: o, body: newBody(first, last).kept(), clashes: s.clashes(o)}
	s.pages[f].Store(p)
	return p
}

// accountPage returns the page of an account, which is put together once.
func (c *Cache) accountPage(a *account, f format) *body {
	if b := a.whole[f].Load(); b != nil {
		return b
	}
	var m member
	m.begin()
	a.addTo(&m, f, nil)
	c.end(&m, f)
	m.b = bytes.Clone(m.b) // without the room to grow
	b := newBody(nil, m).kept()
	a.whole[f].Store(b)
	return b
}

// clashes reports whether a metric of the process has the name of one of a unit.
// Its lines would have to stand among the unit's.
func (s *snapshot) clashes(o *ownPage) bool {
	for _, name := range o.names {
		if _, taken := s.names[name]; taken {
			return true
		}
	}
	return false
}
