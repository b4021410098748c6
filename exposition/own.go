package exposition

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
)

// ownEvery is how old the process' own metrics may be.
const ownEvery = time.Second

// ownPage is the process' own metrics in a format. It does not change.
type ownPage struct {
	at     time.Time
	chunk  chunk
	names  []string
	legacy bool
}

// noOwn returns the page of a process that has nothing to say.
func noOwn() *ownPage { return &ownPage{legacy: true, chunk: newChunk(nil, nil)} }

// own gathers and encodes the process' own metrics for those who ask, at most
// once every ownEvery for a format.
type own struct {
	gatherer prometheus.Gatherer
	patience time.Duration // how long a scrape waits; 0 is as long as its client
	now      func() time.Time
	log      log.Logger
	pages    [formats]atomic.Pointer[ownPage]

	mu      sync.Mutex
	renewed [formats]chan struct{} // closed when the renewal that is under way ends; nil when none is
	failing bool
}

func newOwn(g prometheus.Gatherer, patience time.Duration, now func() time.Time, l log.Logger) *own {
	o := &own{gatherer: g, patience: patience, now: now, log: l}
	for f := range o.pages {
		o.pages[f].Store(noOwn())
	}
	return o
}

// page returns the metrics in format f, renewed if they are old. It waits for
// that with patience; then it returns the old ones, at first none.
func (o *own) page(ctx context.Context, f format) *ownPage {
	if p := o.pages[f].Load(); o.fresh(p) {
		return p
	}
	var over <-chan time.Time
	if o.patience > 0 {
		over = time.After(o.patience)
	}
	select {
	case <-o.renew(f):
	case <-ctx.Done():
	case <-over:
	}
	return o.pages[f].Load()
}

func (o *own) fresh(p *ownPage) bool {
	age := o.now().Sub(p.at)
	return age >= 0 && age < ownEvery
}

// renew begins a renewal if none is under way. The channel is closed at its end.
func (o *own) renew(f format) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.renewed[f] == nil {
		done := make(chan struct{})
		o.renewed[f] = done
		go func() {
			o.pages[f].Store(o.render(f))
			o.mu.Lock()
			o.renewed[f] = nil
			o.mu.Unlock()
			close(done)
		}()
	}
	return o.renewed[f]
}

// render gathers and encodes what can be.
func (o *own) render(f format) *ownPage {
	families, err := gather(o.gatherer)
	p := &ownPage{at: o.now(), legacy: true}
	var buf bytes.Buffer
	for _, mf := range families {
		before := buf.Len()
		if e := encode(&buf, f, mf); e != nil {
			buf.Truncate(before)
			if err == nil {
				err = e
			}
			continue
		}
		p.names = append(p.names, mf.GetName())
		p.legacy = p.legacy && legacy(mf)
	}
	p.chunk = newChunk(buf.Bytes(), bytes.Clone(deflateText(nil, buf.Bytes())))
	o.report(err)
	return p
}

// report logs err when it is the first after none.
func (o *own) report(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil && !o.failing {
		level.Error(o.log).Log("msg", "cannot gather all of the exporter's own metrics", "err", err)
	}
	o.failing = err != nil
}
