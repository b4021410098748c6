package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func (p *process) name() string { return fmt.Sprint("replica", p.replica) }

// away reports whether a process cannot reach the database.
func (p *process) away() bool { return p.dead.Load() || time.Now().Before(p.cut) }

// cutOff has a replica not reach the database for some minutes.
func (w *world) cutOff(p *process, minutes int) {
	if w.script.Replicas <= 1 {
		return
	}
	w.model.unfilled() // the replica that takes over does not know of the last calls
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(p.cut) >= hearsay { // else it has been cut off, or not heard everything, since before
		p.cutAt = time.Now()
	}
	select {
	case p.seat.broke <- struct{}{}:
	default:
	}
	p.cut = time.Now().Add(time.Duration(minutes) * time.Minute)
	if p.cut.After(w.cutUntil) {
		w.cutUntil = p.cut
	}
	w.model.underWay(p)
}

// blind reports whether a process has had to make pages anew while the database could
// not be reached, so that they may lack what only that has.
func (p *process) blind() bool {
	clock := p.world.clockOf(p)
	last := time.Now().Add(-clock.Sub(startOfDay(clock))) // midnight by its clock
	for _, t := range []time.Time{p.loaded, p.world.setAt} {
		if t.After(last) {
			last = t
		}
	}
	return time.Since(p.cut) < hearsay && !last.Before(p.cutAt)
}

// linked is a replica's own way to the directory of the database that all share.
func (w *world) linked(i int) string {
	path := filepath.Join(filepath.Dir(w.dir), fmt.Sprint("replica", i))
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		panic(err)
	}
	if _, err := os.Lstat(path); err != nil {
		if err := os.Symlink(w.dir, path); err != nil {
			panic(err)
		}
	}
	return path
}

// of is the process whose database a directory is.
func (w *world) of(dir string) *process {
	for _, p := range w.processes {
		if p != nil && p.dir == dir {
			return p
		}
	}
	return nil
}

// mostReplicas is how many replicas there may be at the same time.
const mostReplicas = 4

// pick has an event be about one of the replicas.
func (w *world) pick(n int) { w.process = w.processes[n%len(w.processes)] }

// hearsay is how long it takes at most until a replica shows what another has stored.
const hearsay = 70 * time.Second

// hintLost reports whether a hint does not arrive.
func (w *world) hintLost(to *seat, serial int) bool {
	for _, s := range w.script.Spells {
		if s.API == "hints" && !w.calm && w.within(s) && odds(uint64(1+s.Level%8), s.Level, to.name, serial) {
			return true
		}
	}
	return false
}

// holds reports whether a process may call WeChat for an account.
func (w *world) holds(p *process, account int) bool {
	return w.script.Replicas <= 1 || w.meeting.holder(appID(account)) == p.name()
}

// heldSince is since when a process may call WeChat for an account.
func (w *world) heldSince(p *process, account int) time.Time {
	if w.script.Replicas <= 1 || account < 0 {
		return p.began
	}
	w.meeting.mu.Lock()
	defer w.meeting.mu.Unlock()
	return w.meeting.since[appID(account)]
}
