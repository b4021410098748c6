package simulation

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/app"
	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/store"
)

// process is an exporter that runs.
type process struct {
	dead    atomic.Bool // it was killed: nothing that it does counts
	ended   chan struct{}
	code    int
	cancel  context.CancelFunc
	handler http.Handler
	log     bytes.Buffer
	mu      sync.Mutex
	dir     string
	world   *world
	replica int
	cutAt   time.Time // since when it cannot, or could not, reach the database
	cut     time.Time // until when
	loaded  time.Time // when it last read its configuration
	seat    *seat
	before  series // its last page; nil: none that counts
	reloads atomic.Int64
	began   time.Time
}

func (p *process) clockRight() bool { return p.world.ahead[p.replica].Load() == 0 }

// Write implements io.Writer: it is the log of a process.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead.Load() {
		p.world.hides("the log", string(b))
		p.log.Write(b)
		if os.Getenv("WX_SIMULATE_LOG") != "" {
			fmt.Fprintf(os.Stderr, "%s %s", stamp(time.Now()), b)
		}
		if p.log.Len() > 1<<16 {
			p.log.Next(1 << 15)
		}
	}
	return len(b), nil
}

func (p *process) lastLines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := strings.TrimSpace(p.log.String())
	return text[max(0, len(text)-400):]
}

// start starts the replicas that do not run.
func (w *world) start() {
	for i, p := range w.processes {
		if p == nil {
			w.startOne(i)
		}
	}
	w.process = w.processes[0]
}

// startOne starts an exporter as the program does.
func (w *world) startOne(i int) {
	w.starts++
	p := &process{ended: make(chan struct{}), dir: w.dir, world: w, replica: i, began: time.Now()}
	if w.script.Replicas > 1 {
		p.dir = w.linked(i)
	}
	w.mu.Lock()
	w.process, w.processes[i] = p, p
	w.mu.Unlock()
	w.writeConfig()
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(context.Background())
	host := app.Host{
		Getenv: func(name string) string { return map[string]string{"GOGC": "100"}[name] },
		Stdout: p, Stderr: p, Now: func() time.Time { return w.clockOf(p) },
		Transport: wire{w, p},
		Serve:     func(h http.Handler) { p.handler = h },
		Random:    func() float64 { return w.script.Jitter },
	}
	if w.script.Replicas > 1 {
		host.Share = func(name string) (fleet.Peers, *store.Sharing) {
			seat := w.meeting.seat(name, fleet.LeaseTime, p.away)
			p.seat = seat
			return seat, seat.sharing()
		}
	}
	args := []string{"--config.file=" + w.configFile(), "--storage.path=" + p.dir, "--web.enable-lifecycle", "--log.level=info", "--replica.name=" + p.name()}
	if w.applied.Config.Revenue {
		args = append(args, "--collector.revenue")
	}
	use(p.dir, w)
	go func() {
		defer close(p.ended)
		p.code = app.Run(ctx, args, host)
	}()
	synctest.Wait()
	select {
	case <-p.ended:
		w.breaks(6, "the exporter does not start: %s", p.lastLines())
	default:
		if p.handler == nil {
			w.breaks(6, "the exporter hangs at its start: %s", p.lastLines())
		}
	}
}

// stop ends the exporter that is looked at in order.
func (w *world) stop() {
	p := w.process
	defer func() { w.processes[p.replica] = nil }()
	w.model.underWay(p)
	p.cancel()
	<-p.ended
	if p.code != 0 && !p.dead.Load() && !w.isFull() {
		w.breaks(6, "the exporter ends with code %d: %s", p.code, p.lastLines())
	}
	if w.isFull() {
		w.model.unsure(w.fullSince)
	}
	for i := range w.names {
		if w.script.Replicas > 1 && !p.away() && p.seat.locked.Load() < time.Now().UnixNano() && w.meeting.holder(appID(i)) == p.name() {
			w.breaks(4, "%s has ended in order and keeps the lease of account %d", p.name(), i)
		}
	}
}

// kill ends the exporter as kill -9 does: what is on the disk at this moment is all
// that is left, and perhaps the beginning of what was about to be written.
func (w *world) kill(torn int) {
	synctest.Wait()
	p := w.process
	if w.script.Replicas > 1 {
		w.die(p, w.dir, time.Now())
		return
	}
	next := filepath.Join(filepath.Dir(w.dir), "disk"+strconv.Itoa(w.starts))
	if err := w.snapshot(next, torn); err != nil {
		w.breaks(0, "the world cannot copy the disk: %v", err)
	}
	w.die(p, next, time.Now())
}

// die lets a process end whose disk has been copied.
func (w *world) die(p *process, next string, at time.Time) {
	p.dead.Store(true)
	from := at
	if w.isFull() {
		from = w.fullSince
	}
	w.model.kept(from)
	w.model.unsure(from)
	p.cancel()
	<-p.ended
	w.processes[p.replica] = nil
	if next != w.dir {
		disks.Delete(w.dir)
		_ = os.RemoveAll(w.dir)
		w.dir = next
	}
}
