package exposition

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// format is an exposition format.
type format int

const (
	text format = iota
	openMetrics
	formats // how many there are
)

// unit is a family of an account, encoded. It does not change.
type unit struct {
	family  string
	metrics []metric
	err     error // why something is missing
}

// metric is the lines of a metric in a unit.
type metric struct {
	head  *head
	lines chunk
}

// head is what stands above the lines of a metric. All units share it.
type head struct {
	name string
	text string // in the text format
	in   [formats]chunk
}

// encoder makes units and chunks. Its methods may be called concurrently.
type encoder struct {
	heads   sync.Map  // by name, of *head; they grow with the code that names metrics, not with the data
	lines   sync.Pool // of *bytes.Buffer
	deflate sync.Pool // of *flate.Writer, a megabyte each
}

func newEncoder() *encoder {
	e := &encoder{}
	e.lines.New = func() any { return new(bytes.Buffer) }
	e.deflate.New = func() any {
		// Level 6 is the last one that a Reset costs nothing. The error would be
		// that of a wrong level.
		w, _ := flate.NewWriter(nil, 6)
		return w
	}
	return e
}

// unit gathers and encodes a unit. Where something fails, the rest is there all
// the same.
func (e *encoder) unit(family string, g prometheus.Gatherer) *unit {
	families, err := gather(g)
	u := &unit{family: family, metrics: make([]metric, 0, len(families)), err: err}
	for _, mf := range families {
		if len(mf.Metric) == 0 {
			continue
		}
		m, err := e.metric(mf)
		if err != nil {
			u.err = errors.Join(u.err, err)
			continue
		}
		u.metrics = append(u.metrics, m)
	}
	u.compact()
	return u
}

// compact moves the lines into one piece of memory. Small pieces would be spread
// over the heap, among what encoding leaves behind, and hold it for days.
func (u *unit) compact() {
	size := 0
	for _, m := range u.metrics {
		size += len(m.lines.z)
	}
	all := make([]byte, 0, size)
	for i := range u.metrics {
		z := &u.metrics[i].lines.z
		start := len(all)
		all = append(all, *z...)
		*z = all[start:len(all):len(all)]
	}
}

func (e *encoder) metric(mf *dto.MetricFamily) (metric, error) {
	b := e.lines.Get().(*bytes.Buffer)
	defer e.lines.Put(b)
	b.Reset()
	headText, lines, err := encode(b, mf, text)
	if err != nil {
		return metric{}, err
	}
	h, err := e.head(mf, string(headText))
	return metric{h, e.chunk(lines)}, err
}

// head returns the head of a metric, which must be the same in all units, as it
// must be in a Registry.
func (e *encoder) head(mf *dto.MetricFamily, headText string) (*head, error) {
	known, ok := e.heads.Load(mf.GetName())
	if !ok {
		inOpenMetrics, _, err := encode(new(bytes.Buffer), mf, openMetrics)
		if err != nil {
			return nil, err
		}
		h := &head{mf.GetName(), headText, [formats]chunk{e.chunk([]byte(headText)), e.chunk(inOpenMetrics)}}
		known, _ = e.heads.LoadOrStore(h.name, h)
	}
	h := known.(*head)
	if h.text != headText {
		return nil, fmt.Errorf("metric %s has another help or type than in another unit", h.name)
	}
	return h, nil
}

// chunk deflates raw.
func (e *encoder) chunk(raw []byte) chunk {
	var z bytes.Buffer
	w := e.deflate.Get().(*flate.Writer)
	defer e.deflate.Put(w)
	w.Reset(&z)
	// Writing to a Buffer does not fail. Flush ends on a byte boundary.
	_, _ = w.Write(raw)
	_ = w.Flush()
	return chunk{z: z.Bytes(), raw: len(raw), crc: crc32.ChecksumIEEE(raw), shift: crcShift(len(raw))}
}

// gather is g.Gather with panics as errors. A Registry catches those of its
// collectors, but not those of their metrics.
func gather(g prometheus.Gatherer) (families []*dto.MetricFamily, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("gather: panic: %v", p)
		}
	}()
	return g.Gather()
}

// encode encodes a metric into an empty buffer and cuts it in two: the lines that
// begin with #, which stand first, and the others. Both are the buffer's memory, until
// it is used again. No name needs escaping, see Cache.Set.
func encode(b *bytes.Buffer, mf *dto.MetricFamily, f format) (head, lines []byte, err error) {
	const asIs = "; " + model.EscapingKey + "=" + model.AllowUTF8
	names := [formats]expfmt.Format{expfmt.FmtText + asIs, expfmt.FmtOpenMetrics_1_0_0 + asIs}
	if err := expfmt.NewEncoder(b, names[f]).Encode(mf); err != nil {
		return nil, nil, fmt.Errorf("encode %s: %w", mf.GetName(), err)
	}
	all, n := b.Bytes(), 0
	for bytes.HasPrefix(all[n:], []byte("#")) {
		n += bytes.IndexByte(all[n:], '\n') + 1
	}
	return all[:n], all[n:], nil
}
