package exposition

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/go-kit/log/level"
	"golang.org/x/sync/singleflight"
)

// processEvery is how old the metrics of the process may be.
const processEvery = time.Second

// process gathers and encodes the metrics of the process for scrapes.
type process struct {
	opts      Options
	encoder   *encoder
	last      atomic.Pointer[processMetrics]
	gathering singleflight.Group
	failing   bool // for gather alone
}

// processMetrics are the metrics of the process. They do not change.
type processMetrics struct {
	at time.Time
	in [formats]*chunk
}

func newProcess(o Options, e *encoder) *process {
	p := &process{opts: o, encoder: e}
	p.last.Store(&processMetrics{in: [formats]*chunk{e.chunk(nil), e.chunk(nil)}})
	return p
}

// metrics returns the metrics of the process, gathered anew if they are old.
// Where that takes too long, it returns the old ones, at first none.
func (p *process) metrics(ctx context.Context) *processMetrics {
	last := p.last.Load()
	if age := p.opts.Now().Sub(last.at); age >= 0 && age < processEvery {
		return last
	}
	if p.opts.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.opts.Timeout/2)
		defer cancel()
	}
	select {
	case <-p.gathering.DoChan("", func() (any, error) { p.gather(); return nil, nil }):
	case <-ctx.Done():
	}
	return p.last.Load()
}

// gather gathers and encodes what it can.
func (p *process) gather() {
	families, err := gather(p.opts.Process)
	var pages [formats][]byte
	for _, mf := range families {
		for f := range formats {
			head, lines, e := encode(mf, f)
			pages[f] = append(append(pages[f], head...), lines...)
			err = errors.Join(err, e)
		}
	}
	m := &processMetrics{at: p.opts.Now()}
	for f, page := range pages {
		m.in[f] = p.encoder.chunk(page)
	}
	p.last.Store(m)
	if err != nil && !p.failing {
		level.Error(p.opts.Logger).Log("msg", "cannot gather all metrics of the process", "err", err)
	}
	p.failing = err != nil
}
