package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is what came of a script.
type outcome struct {
	broken error // the rule that was broken first
	trace  trace
	days   float64 // account-days
	calls  int
	said   map[string]int // days of which WeChat said something, by API
}

// disk is a directory in memory, where the system has one.
func disk() (string, error) {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		if dir, err := os.MkdirTemp(memory, "wx-simulation-"); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", "wx-simulation-")
}

// run plays a script in a bubble. A broken rule is a value, so that scripts shrink.
func run(t *testing.T, s Script) (o outcome) {
	beforeBubbles()
	dir, err := disk()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	// A world that comes to no end is a failure, too. It takes seconds, where nothing else runs.
	hangs := time.AfterFunc(20*time.Minute, func() {
		_ = s.write(filepath.Join(os.TempDir(), "wx-script-hangs.json"))
		panic(fmt.Sprintf("time stands still in\n%s", s))
	})
	defer hangs.Stop()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(s, filepath.Join(dir, "disk0"))
		w.play()
		for i := range w.processes {
			disks.Delete(filepath.Join(dir, fmt.Sprint("replica", i)))
		}
		disks.Delete(w.dir)
		o = outcome{w.broken, w.trace, float64(s.Minutes+calmMinutes) / (24 * 60) * float64(len(s.Accounts)), w.model.total, w.model.said()}
	})
	return o
}

const (
	calmMinutes = 2 * 24 * 60
	lookEvery   = 151 // minutes between two looks where nothing happens
)

// play plays the script to its end, or until a rule is broken.
func (w *world) play() {
	w.start()
	defer func() {
		for _, p := range w.processes {
			if p != nil {
				p.cancel()
				<-p.ended
			}
		}
	}()
	events := w.script.Events
	for minute := 0; minute < w.script.Minutes && !w.isBroken(); {
		next := min(minute+lookEvery, w.script.Minutes)
		if len(events) > 0 {
			next = min(next, max(events[0].At, minute))
		}
		w.until(next)
		w.look()
		for len(events) > 0 && events[0].At <= next && !w.isBroken() {
			w.happens(events[0])
			events = events[1:]
			synctest.Wait()
			w.look()
		}
		minute = next
		if len(events) == 0 && next == w.script.Minutes {
			break
		}
	}
	if w.isBroken() {
		return
	}
	w.views()
	w.beCalm()
	ends := max(w.script.Minutes, w.minute()) // a machine that was off comes back later
	for minute := ends; minute < ends+calmMinutes && !w.isBroken(); minute += 8 * lookEvery {
		w.until(min(minute+8*lookEvery, ends+calmMinutes))
		w.look()
	}
	w.comesBack()
	w.views()
	for i := range w.processes {
		if w.pick(i); !w.isBroken() {
			w.stop()
		}
	}
}

// minute is how many minutes of the script have passed.
func (w *world) minute() int { return int(time.Since(w.begin) / time.Minute) }

// until lets time pass until a minute of the script. A process may be killed
// meanwhile.
func (w *world) until(minute int) {
	end := w.begin.Add(time.Duration(minute)*time.Minute + 17*time.Second)
	for time.Now().Before(end) {
		step := time.After(min(time.Until(end), 5*time.Minute))
		var sprung chan struct{}
		if w.trap != nil {
			sprung = w.trap.sprung
		}
		select {
		case <-step:
		case <-sprung:
			w.isSprung()
		}
		w.checkDisk()
	}
	synctest.Wait()
	w.isSprung()
}

// isSprung ends a process that an ambush has killed, and starts the next one.
func (w *world) isSprung() {
	w.mu.Lock()
	trap := w.trap
	if trap == nil || trap.at.IsZero() {
		w.mu.Unlock()
		return
	}
	w.trap = nil
	w.mu.Unlock()
	w.die(w.process, trap.next, trap.at)
	w.start()
}

// checkDisk notes from when to when answers may be in memory alone.
func (w *world) checkDisk() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch full := w.fullNow() || w.fullSoon(); {
	case full && w.fullSince.IsZero():
		w.fullSince = time.Now().Add(-time.Second)
	case !full && !w.fullSince.IsZero() && !w.fullLately():
		w.fullSince = time.Time{}
	}
}

// beCalm ends the weather.
func (w *world) beCalm() {
	w.isSprung()
	w.mu.Lock()
	w.calm, w.trap = true, nil
	w.mu.Unlock()
	for i := range w.processes {
		if w.ahead[i].Load() != 0 {
			w.pick(i)
			w.setClock(0)
		}
	}
	if w.receivers.refused {
		for i := range w.processes {
			w.pick(i)
			w.stop()
		}
		w.start()
		w.receivers.refused = false
	}
}

// setClock sets the clock of the host that is looked at.
func (w *world) setClock(by time.Duration) {
	w.ahead[w.process.replica].Store(int64(by))
	w.setAt, w.wasOdd = time.Now(), true
	w.model.unsureClock()
}
