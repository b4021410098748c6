package exposition

import (
	"bytes"

	dto "github.com/prometheus/client_model/go"
)

// metric is what stands above the lines of a metric: one value for every name,
// help, type and unit that the cache has met.
type metric struct {
	id   metricID
	head [formats]chunk // HELP, TYPE, and UNIT where there is one
	same bool           // head is the same in all formats
}

type metricID struct {
	name, help, unit string
	typ              dto.MetricType
}

// piece is the lines of a metric in a unit.
type piece struct {
	metric *metric
	unit   *unit
	lines  chunk
	om     *chunk // the lines in OpenMetrics where they differ, else nil
}

func (p *piece) in(f format) *chunk {
	if f == openMetrics && p.om != nil {
		return p.om
	}
	return &p.lines
}

// unit is a family of an account, encoded. It does not change.
type unit struct {
	family string
	pieces []piece // by name
	legacy bool    // all names are the same under every escaping scheme
}

// renderer makes units. It is for one goroutine.
type renderer struct {
	metrics map[metricID]*metric // grows with the code that names metrics, not with the data
	lines   *lineDeflater
	raw, z  []byte // reused

	replaced  *snapshot             // the one before the last; nil if its page is in use again
	conflicts map[conflict]struct{} // of the last snapshot, which are logged
}

func newRenderer() *renderer {
	return &renderer{metrics: make(map[metricID]*metric), lines: newLineDeflater()}
}

// unit encodes a family. With an error comes what there is in spite of it, which
// may be nothing.
func (r *renderer) unit(g gathered) (*unit, error) {
	failed := g.err
	u := &unit{family: g.family, pieces: make([]piece, 0, len(g.metrics)), legacy: true}
	r.z = r.z[:0]
	for _, mf := range g.metrics {
		if len(mf.Metric) == 0 {
			continue
		}
		p, err := r.piece(mf)
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		p.unit = u
		u.pieces = append(u.pieces, p)
		u.legacy = u.legacy && legacy(mf)
	}
	u.compact(r.z)
	return u, failed
}

// compact makes the pieces' bytes parts of one piece of memory. z has them one
// after another.
func (u *unit) compact(z []byte) {
	z = bytes.Clone(z)
	take := func(c *chunk) {
		n := len(c.z)
		c.z, z = z[:n:n], z[n:]
	}
	for i := range u.pieces {
		take(&u.pieces[i].lines)
		if om := u.pieces[i].om; om != nil {
			take(om)
		}
	}
}

// piece encodes the lines of a metric, to the end of r.z.
func (r *renderer) piece(mf *dto.MetricFamily) (piece, error) {
	m, err := r.metric(mf)
	if err != nil {
		return piece{}, err
	}
	p := piece{metric: m}
	if plain(mf) && legacy(mf) {
		r.raw = appendLines(r.raw[:0], mf)
		p.lines = r.chunk(r.raw, r.lines.deflate)
		return p, nil
	}
	var lines [formats][]byte
	for f := range lines {
		if _, lines[f], err = split(mf, format(f)); err != nil {
			return piece{}, err
		}
	}
	p.lines = r.chunk(lines[text], deflateText)
	if !plain(mf) {
		om := r.chunk(lines[openMetrics], deflateText)
		p.om = &om
	}
	return p, nil
}

// chunk deflates raw to the end of r.z.
func (r *renderer) chunk(raw []byte, deflate func(dst, raw []byte) []byte) chunk {
	start := len(r.z)
	r.z = deflate(r.z, raw)
	return newChunk(raw, r.z[start:])
}

// metric returns the head of a family.
func (r *renderer) metric(mf *dto.MetricFamily) (*metric, error) {
	id := metricID{mf.GetName(), mf.GetHelp(), mf.GetUnit(), mf.GetType()}
	if m, ok := r.metrics[id]; ok {
		return m, nil
	}
	one := &dto.MetricFamily{Name: mf.Name, Help: mf.Help, Unit: mf.Unit, Type: mf.Type, Metric: mf.Metric[:1]}
	var heads [formats][]byte
	for f := range heads {
		var err error
		if heads[f], _, err = split(one, format(f)); err != nil {
			return nil, err
		}
	}
	m := &metric{id: id, same: bytes.Equal(heads[text], heads[openMetrics])}
	for f, head := range heads {
		m.head[f] = newChunk(head, bytes.Clone(deflateText(nil, head)))
	}
	r.metrics[id] = m
	return m, nil
}
