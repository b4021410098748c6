package simulation

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// happens lets an event happen.
func (w *world) happens(e Event) {
	if f := events[e.Kind]; f != nil && (e.Account < len(w.names) || e.Account == 0) {
		w.isSprung()
		f(w, e)
		synctest.Wait()
		w.isSprung()
		if slices.Contains([]string{"rename", "swap", "remove", "add"}, e.Kind) {
			for _, p := range w.processes {
				p.before = nil // another account may count under a name
			}
		}
	} else if f == nil {
		w.breaks(0, "no event is called %q", e.Kind)
	}
}

// events are all kinds of events.
var events = map[string]func(*world, Event){
	"kill": func(w *world, e Event) {
		w.pick(e.N)
		w.kill(e.N)
		w.start()
	},
	// ambush kills the exporter when it is about to commit something after the Nth answer.
	"ambush": func(w *world, e Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.trap == nil && w.script.Replicas <= 1 {
			w.trap = &ambush{answers: e.N / 3, commits: 1 + e.N%3, torn: e.N, next: filepath.Join(filepath.Dir(w.dir), "trap"+strconv.Itoa(w.starts)), sprung: make(chan struct{})}
		}
	},
	"restart": func(w *world, e Event) {
		w.pick(e.N)
		w.stop()
		w.start()
	},
	// off is a machine that is switched off for some hours.
	"off": func(w *world, e Event) {
		w.pick(e.N)
		w.stop()
		for range 1 + e.N%50 {
			time.Sleep(time.Hour)
			w.look()
		}
		w.start()
	},
	// cut: a replica cannot reach the database for some minutes.
	"cut": func(w *world, e Event) {
		w.pick(e.N)
		w.cutOff(w.process, e.N)
	},
	// away: the database cannot be reached by anyone for some minutes.
	"away": func(w *world, e Event) {
		for _, p := range w.processes {
			w.cutOff(p, e.N)
		}
	},
	// more: a replica joins the others.
	"more": func(w *world, _ Event) {
		if w.script.Replicas > 1 && len(w.processes) < mostReplicas {
			w.mu.Lock()
			w.processes = append(w.processes, nil)
			w.mu.Unlock()
			w.start()
		}
	},
	// fewer: a replica ends, in order or not, and does not come back.
	"fewer": func(w *world, e Event) {
		last := len(w.processes) - 1
		if last == 0 {
			return
		}
		w.pick(last)
		w.setClock(0)
		if e.N%2 == 0 {
			w.stop()
		} else {
			w.kill(e.N)
		}
		w.mu.Lock()
		w.process, w.processes = w.processes[0], w.processes[:last]
		w.mu.Unlock()
	},
	// locked: a replica reads and writes days, but cannot renew its leases for some minutes.
	"locked": func(w *world, e Event) {
		if w.pick(e.N); w.script.Replicas > 1 {
			w.process.seat.locked.Store(time.Now().Add(time.Duration(e.N) * time.Minute).UnixNano())
			w.model.underWay(w.process)
		}
	},
	"clock": func(w *world, e Event) {
		w.pick(e.Account)
		w.setClock(time.Duration(e.N) * time.Minute)
	},
	// battery: a machine without one starts at 1970, and is told the time later.
	"battery": func(w *world, e Event) {
		w.pick(e.N)
		w.kill(e.N)
		w.setClock(time.Until(time.Unix(int64(e.N), 0)))
		w.start()
		time.Sleep(time.Duration(e.N%20) * time.Minute)
		w.isSprung()
		w.look()
		w.pick(e.N)
		w.setClock(0)
	},
	"1970": func(w *world, e Event) {
		w.pick(e.N)
		w.setClock(time.Until(time.Unix(int64(e.N%100_000), 0)))
	},
	"reload": func(w *world, e Event) { w.reload() },
	"window": func(w *world, e Event) {
		c := &w.applied.Config
		c.Daily, c.Hourly, c.Article = 1+e.N%9, e.N%3, e.N%5
		w.reload()
	},
	"schedule": func(w *world, e Event) {
		c := &w.applied.Config
		c.NotBefore, c.Retry, c.Settle = e.N%14-1, 10+e.N%80, e.N%5
		w.rescheduled = time.Now()
		w.reload()
	},
	"rename": func(w *world, e Event) {
		if w.wasSwapped && !w.present[e.Account] {
			return // the store goes on calling it by the other one's name
		}
		// After a swap another account may be called so.
		name := fmt.Sprintf("account%d.%d", e.Account, e.N)
		if i := slices.Index(w.names, name); i < 0 || i == e.Account {
			w.names[e.Account] = name
			w.reload()
		}
	},
	// swap: two accounts exchange their names.
	"swap": func(w *world, e Event) {
		if len(w.names) > 1 && w.present[0] && w.present[1] {
			w.names[0], w.names[1] = w.names[1], w.names[0]
			w.wasSwapped = true
			w.reload()
		}
	},
	"relabel": func(w *world, e Event) {
		w.labels[e.Account] = fmt.Sprint("t", e.N)
		w.reload()
	},
	"collectors": func(w *world, e Event) {
		var some []string
		kind := w.applied.Accounts[e.Account].declared()
		for i, f := range familiesOf(kind) {
			if (e.N>>i)&1 == 1 {
				some = append(some, f)
			}
		}
		if len(some) > 0 {
			w.applied.Accounts = slices.Clone(w.applied.Accounts)
			w.applied.Accounts[e.Account].Collectors = some
			w.reload()
		}
	},
	"remove": func(w *world, e Event) {
		n := 0
		for _, p := range w.present {
			if p {
				n++
			}
		}
		if w.present[e.Account] && n > 1 { // a configuration has an account
			w.present[e.Account] = false
			w.reload()
		}
	},
	"add": func(w *world, e Event) {
		if !w.present[e.Account] {
			w.present[e.Account] = true
			w.reload()
		}
	},
	// wrong: a configuration that nobody can use is left alone.
	"wrong": func(w *world, e Event) {
		good := w.applied.Config.Receivers
		w.wrong()
		w.applied.Config.Receivers = good
	},
	// revoke: another client replaces the account's token.
	"revoke": func(w *world, e Event) { w.wechat.RevokeTokens(appID(e.Account)) },
	// correct: WeChat computes a day again.
	"correct": func(w *world, e Event) {
		day := calendar.DayOf(time.Now()) - calendar.Day(1+e.N%8)
		w.wechat.Correct(appID(e.Account), e.API, day, 1+float64(1+e.N%3)/4)
	},
}
