package exposition

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/go-kit/log/level"
)

// processEvery is how old the metrics of the process may be.
const processEvery = time.Second

// process is the metrics of the process at one moment. It does not change.
type process struct {
	at  time.Time
	in  [formats]chunk
	err error // why something is missing
}

// currentProcess returns the metrics of the process, gathered again if they are
// old. Where that takes too long, it returns the old ones, at first none.
func (c *Cache) currentProcess(ctx context.Context) *process {
	last := c.process.Load()
	if age := c.opts.Now().Sub(last.at); age >= 0 && age < processEvery {
		return last
	}
	if c.opts.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.opts.Timeout)
		defer cancel()
	}
	select {
	case <-c.gathering.DoChan("", func() (any, error) { c.gatherProcess(); return nil, nil }):
	case <-ctx.Done():
	}
	return c.process.Load()
}

// gatherProcess gathers and encodes what it can.
func (c *Cache) gatherProcess() {
	families, err := gather(c.opts.Process)
	var pages [formats][]byte
	for _, mf := range families {
		for f := range formats {
			head, lines, e := encode(new(bytes.Buffer), mf, f)
			pages[f] = append(append(pages[f], head...), lines...)
			err = errors.Join(err, e)
		}
	}
	in := [formats]chunk{c.encoder.chunk(pages[text]), c.encoder.chunk(pages[openMetrics])}
	before := c.process.Swap(&process{c.opts.Now(), in, err})
	if err != nil && before.err == nil {
		level.Error(c.opts.Logger).Log("msg", "cannot gather all metrics of the process", "err", err)
	}
}
