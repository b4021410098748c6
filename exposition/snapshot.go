package exposition

import (
	"cmp"
	"slices"
	"sync/atomic"
)

// selection is the families that a scrape keeps; nil keeps all.
type selection []string

func (s selection) has(family string) bool { return s == nil || slices.Contains(s, family) }

// account is the units of an account. It does not change; the bodies of its
// whole page are made when they are first asked for.
type account struct {
	name   string
	pieces []*piece // of all units, by metric, then family
	legacy bool
	whole  [formats]atomic.Pointer[body]
}

func newAccount(name string, units []*unit) *account {
	a := &account{name: name, legacy: true}
	units = slices.SortedFunc(slices.Values(units), func(x, y *unit) int { return cmp.Compare(x.family, y.family) })
	for _, u := range units {
		for i := range u.pieces {
			a.pieces = append(a.pieces, &u.pieces[i])
		}
		a.legacy = a.legacy && u.legacy
	}
	slices.SortStableFunc(a.pieces, func(x, y *piece) int { return cmp.Compare(x.metric.id.name, y.metric.id.name) })
	return a
}

// addTo adds the account's metrics to m.
func (a *account) addTo(m *member, f format, keep selection) {
	for rest := a.pieces; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].metric.id.name == rest[0].metric.id.name {
			n++
		}
		addMetric(m, f, rest[:n], keep)
		rest = rest[n:]
	}
}

// addMetric adds the lines of a metric under one head, the first piece's. Where
// units disagree about the type, those that contradict the head are left out.
func addMetric(m *member, f format, pieces []*piece, keep selection) {
	var head *metric
	for _, p := range pieces {
		if !keep.has(p.unit.family) {
			continue
		}
		if head == nil {
			head = p.metric
			m.add(&head.head[f])
		}
		if p.metric.id.typ == head.id.typ {
			m.add(p.in(f))
		}
	}
}

// column is a metric of the page: its lines from all accounts.
type column struct {
	name   string
	pieces []*piece // by account, then family
	same   bool     // head and lines are the same in all formats
}

// conflict is a unit that describes a metric otherwise than a unit before it.
type conflict struct {
	account, family, metric string
	typ                     bool // as another type; else with another help
}

// snapshot is the units of all accounts at one moment, arranged as a page. It
// does not change.
type snapshot struct {
	accounts map[string]*account
	names    map[string]int // of metrics, to columns
	columns  []column       // those that are the same in all formats, then the others; by name
	legacy   bool
	page     member         // gzip header and the columns that are the same in all formats
	rest     [formats]chunk // the other columns

	conflicts []conflict

	pages   [formats]atomic.Pointer[page] // the last that were made
	readers atomic.Int64                  // that may still read page.b
}

// newSnapshot arranges accounts, which are sorted by name. The page goes to buf
// if that is large enough.
func newSnapshot(accounts []*account, buf []byte) *snapshot {
	s := &snapshot{accounts: make(map[string]*account, len(accounts)), legacy: true}
	for _, a := range accounts {
		s.accounts[a.name] = a
		s.legacy = s.legacy && a.legacy
	}
	s.arrange(accounts)
	common := 0
	for common < len(s.columns) && s.columns[common].same {
		common++
	}
	s.page.b = buf[:0]
	if size := memberSize + sizeOf(s.columns[:common], text); cap(buf) < size {
		s.page.b = make([]byte, 0, size+size/32) // the next one may be larger
	}
	s.page.begin()
	for _, c := range s.columns[:common] {
		addMetric(&s.page, text, c.pieces, nil)
	}
	for f := range formats {
		m := member{b: make([]byte, 0, sizeOf(s.columns[common:], f))}
		for _, c := range s.columns[common:] {
			addMetric(&m, f, c.pieces, nil)
		}
		s.rest[f] = chunk{z: m.b, raw: m.raw, crc: m.crc, shift: crcShift(m.raw)}
	}
	return s
}

// arrange sorts the accounts' pieces into columns.
func (s *snapshot) arrange(accounts []*account) {
	s.names = make(map[string]int)
	for _, a := range accounts {
		next := 0 // most accounts have the metrics of the one before
		for _, p := range a.pieces {
			name := p.metric.id.name
			if next == len(s.columns) || s.columns[next].name != name {
				i, known := s.names[name]
				if !known {
					i = len(s.columns)
					s.names[name] = i
					s.columns = append(s.columns, column{name: name, same: true, pieces: make([]*piece, 0, len(accounts))})
				}
				next = i
			}
			c := &s.columns[next]
			c.pieces = append(c.pieces, p)
			if head := c.pieces[0].metric; head != p.metric {
				s.conflicts = append(s.conflicts, conflict{a.name, p.unit.family, name, head.id.typ != p.metric.id.typ})
			}
			c.same = c.same && p.metric.same && p.om == nil
			next++
		}
	}
	slices.SortFunc(s.columns, func(x, y column) int {
		if x.same != y.same {
			if x.same {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.name, y.name)
	})
	for i, c := range s.columns {
		s.names[c.name] = i
	}
}

// sizeOf returns how many bytes columns have at most.
func sizeOf(columns []column, f format) int {
	n := 0
	for _, c := range columns {
		n += len(c.pieces[0].metric.head[f].z)
		for _, p := range c.pieces {
			n += len(p.in(f).z)
		}
	}
	return n
}

// addTo adds the page's metrics to m.
func (s *snapshot) addTo(m *member, f format, keep selection) {
	for _, c := range s.columns {
		addMetric(m, f, c.pieces, keep)
	}
}
